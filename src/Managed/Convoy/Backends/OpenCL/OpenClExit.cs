using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Takes the answers out of the arena, so that the next batch may overwrite it: to the caller's memory where the device works
/// in that, elsewhere to a slot of their own and from there to the caller.
/// </summary>
internal sealed class OpenClExit : IBatchExit
{
    private readonly StagingSlot[] _slots;
    private readonly ClKernel _kernel;
    private readonly Shape _shape;
    private readonly bool _transforms;

    public OpenClExit(DeviceMemory memory, KernelLibrary kernels, Shape shape, Layout from, int batch)
    {
        _shape = shape;
        _transforms = !Layouts.Agree(from, Layout.Nchw, shape);
        _kernel = kernels.Create("transform.cl", "nhwc_to_nchw", kernel =>
        {
            kernel.SetArg(3, 0);
            kernel.SetArg(4, shape.Channels);
            kernel.SetArg(5, shape.Height * shape.Width);
        });
        List<StagingSlot> slots = [];
        try
        {
            for (int i = 0; i < OpenClBackend.Slots; i++)
            {
                slots.Add(StagingSlot.Create(memory, "The answers", checked(shape.Count * batch * sizeof(float))));
            }

            _slots = [.. slots];
        }
        catch
        {
            slots.ForEach(each => each.Dispose());
            _kernel.Dispose();
            throw;
        }
    }

    public long ScratchBytes => 0;

    public void Begin(in StepContext context)
    {
        var arena = (OpenClArena)context.Arena;
        StagingSlot slot = _slots[context.Slot];
        IClMemory target = slot.BeginDownload(arena, context);
        ClEvent done = slot.Expect(arena, context, Phase.Download, _transforms ? _kernel.Name : "copy buffer");
        ClEvent returned = slot.Returned;
        var after = new ReadOnlySpan<ClEvent>(in returned);
        if (_transforms)
        {
            _kernel.SetArg(0, arena.Maps);
            _kernel.SetArg(1, checked((int)(context.Inputs[0] / sizeof(float))));
            _kernel.SetArg(2, target);
            arena.Queue.Enqueue(_kernel, new WorkSize(_shape.Height * _shape.Width, context.Images), default, after, done);
        }
        else
        {
            long bytes = _shape.Count * context.Images * sizeof(float);
            arena.Queue.BeginCopy(arena.Maps, context.Inputs[0], target, 0, bytes, after, done);
        }

        arena.Queue.Flush();
    }

    public void Complete(Span<float> scores, in StepContext context)
    {
        var arena = (OpenClArena)context.Arena;
        _slots[context.Slot].Download(arena, MemoryMarshal.AsBytes(scores), context);
        arena.Complete(context);
    }

    public void Dispose()
    {
        Array.ForEach(_slots, each => each.Dispose());
        _kernel.Dispose();
    }
}
