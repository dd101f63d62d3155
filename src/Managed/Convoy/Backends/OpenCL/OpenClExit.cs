using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Takes the scores out of the arena, so that the next batch may overwrite it: read back at once where they lie as the caller
/// wants them in memory that host and device share; else to the caller's memory where the device works in that, or to a slot of
/// their own and from there to the caller.
/// </summary>
internal sealed class OpenClExit : IBatchExit
{
    private const string Copying = "copy buffer";
    private const string Reading = "read buffer";

    private readonly List<StagingSlot> _slots = [];
    private readonly List<ReadBack> _readBacks = [];
    private readonly ClKernel? _transform;
    private readonly TensorArgument _from;
    private readonly TensorArgument _to;
    private readonly Shape _shape;

    public OpenClExit(DeviceMemory memory, KernelLibrary kernels, Shape shape, Layout from, int batch)
    {
        _shape = shape;
        try
        {
            if (!Layouts.Agree(from, Layout.Nchw, shape))
            {
                _transform = kernels.Create(new KernelForm("transform.cl", "nhwc_to_nchw"));
                _transform.Set("channels", shape.Channels);
                _transform.Set("pixels", shape.Height * shape.Width);
                _from = new TensorArgument(_transform, "x");
                _to = new TensorArgument(_transform, "y");
            }

            long bytes = checked(shape.Count * batch * sizeof(float));
            for (int i = 0; i < OpenClBackend.Slots; i++)
            {
                if (_transform is null && memory.IsShared)
                {
                    _readBacks.Add(new ReadBack(memory.Context, bytes));
                }
                else
                {
                    _slots.Add(StagingSlot.Create(memory, "The scores", bytes));
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long ScratchBytes => 0;

    /// <summary>Its kernel, or what does the work of one.</summary>
    public IEnumerable<KernelIdentity> Kernels => [_transform is { } kernel ? new(kernel.Name, kernel.Identity) : _readBacks.Count > 0 ? new(Reading, Reading) : new(Copying, Copying)];

    public void Begin(in RegionContext context)
    {
        var arena = (OpenClArena)context.Arena;
        if (_readBacks.Count > 0)
        {
            _readBacks[context.Slot].Begin(arena, _shape.Count * context.Images, context);
            arena.Queue.Flush();
            return;
        }

        StagingSlot slot = _slots[context.Slot];
        IClMemory target = slot.BeginDownload(arena, context);
        ClEvent done = slot.Expect(
            arena, context, Phase.Download, _transform?.Name ?? Copying, 2.0 * _shape.Count * sizeof(float), isTransfer: false);
        ClEvent returned = slot.Returned;
        var after = new ReadOnlySpan<ClEvent>(in returned);
        if (_transform is { } transform)
        {
            _from.SetInput(arena, context);
            _to.Set(target, 0);
            arena.Queue.Enqueue(transform, new WorkSize(_shape.Height * _shape.Width, context.Images), default, after, done);
        }
        else
        {
            long bytes = _shape.Count * context.Images * sizeof(float);
            arena.Queue.BeginCopy(arena.Maps, context.Inputs[0], target, 0, bytes, after, done);
        }

        arena.Queue.Flush();
    }

    public void Complete(Span<float> scores, in RegionContext context)
    {
        if (_readBacks.Count > 0)
        {
            _readBacks[context.Slot].Complete(scores);
        }
        else
        {
            _slots[context.Slot].Download((OpenClArena)context.Arena, MemoryMarshal.AsBytes(scores), context);
        }
    }

    public void Dispose()
    {
        _slots.ForEach(each => each.Dispose());
        _readBacks.ForEach(each => each.Dispose());
        _transform?.Dispose();
    }
}
