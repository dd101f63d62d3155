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
    private readonly List<StagingSlot> _slots = [];
    private readonly ClKernel? _transform;
    private readonly Shape _shape;

    public OpenClExit(DeviceMemory memory, KernelLibrary kernels, Shape shape, Layout from, int batch)
    {
        _shape = shape;
        try
        {
            _transform = Layouts.Agree(from, Layout.Nchw, shape) ? null : kernels.Create("transform.cl", "nhwc_to_nchw", kernel =>
            {
                kernel.SetArg(3, 0);
                kernel.SetArg(4, shape.Channels);
                kernel.SetArg(5, shape.Height * shape.Width);
            });
            while (_slots.Count < OpenClBackend.Slots)
            {
                _slots.Add(StagingSlot.Create(memory, "The answers", checked(shape.Count * batch * sizeof(float))));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long ScratchBytes => 0;

    public void Begin(in StepContext context)
    {
        var arena = (OpenClArena)context.Arena;
        StagingSlot slot = _slots[context.Slot];
        IClMemory target = slot.BeginDownload(arena, context);
        ClEvent done = slot.Expect(arena, context, Phase.Download, _transform?.Name ?? "copy buffer");
        ClEvent returned = slot.Returned;
        var after = new ReadOnlySpan<ClEvent>(in returned);
        if (_transform is { } transform)
        {
            transform.SetArg(0, arena.Maps);
            transform.SetArg(1, checked((int)(context.Inputs[0] / sizeof(float))));
            transform.SetArg(2, target);
            arena.Queue.Enqueue(transform, new WorkSize(_shape.Height * _shape.Width, context.Images), default, after, done);
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
        _slots.ForEach(each => each.Dispose());
        _transform?.Dispose();
    }
}
