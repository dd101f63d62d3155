using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// The feature maps of a batch in a device's memory, scratch, the two queues that work on them, and the events that tell how
/// long it took.
/// </summary>
internal sealed class OpenClArena : IArena
{
    private readonly ClContext _context;
    private readonly List<RecordedPhase>[] _recorded = [.. Enumerable.Range(0, OpenClBackend.Slots).Select(_ => new List<RecordedPhase>())];
    private readonly Stack<ClEvent> _freeEvents = [];
    private readonly List<IDisposable> _owned = [];

    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time.</exception>
    public OpenClArena(ClContext context, long bytes, long scratchBytes)
    {
        _context = context;
        Bytes = bytes + scratchBytes;
        try
        {
            Queue = Own(new ClQueue(context));
            Transfers = Own(new ClQueue(context));
            Maps = Own(Allocate("The feature maps", bytes));
            Scratch = Own(Allocate("The scratch", scratchBytes));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public long Bytes { get; }

    /// <summary>Where kernels run.</summary>
    public ClQueue Queue { get; } = null!;

    /// <summary>Where uploads and downloads run, beside the kernels.</summary>
    public ClQueue Transfers { get; } = null!;

    /// <summary>The feature maps.</summary>
    public ClBuffer Maps { get; } = null!;

    /// <summary>Memory whose content matters within one step only.</summary>
    public ClBuffer Scratch { get; } = null!;

    /// <summary>An event for a phase of the current step; null when nobody listens.</summary>
    public ClEvent? Record(in StepContext context, Phase phase)
    {
        if (context.Listener is null)
        {
            return null;
        }

        if (!_freeEvents.TryPop(out ClEvent? signal))
        {
            signal = Own(new ClEvent(_context));
        }

        _recorded[context.Slot].Add(new RecordedPhase(context.Step, phase, signal));
        return signal;
    }

    /// <summary>Tells the listener how long a slot's phases took; all of them have ended.</summary>
    public void Report(in StepContext context)
    {
        List<RecordedPhase> recorded = _recorded[context.Slot];
        foreach (RecordedPhase each in recorded)
        {
            ClEventTimes times = each.Event.Times;
            context.Listener?.OnPhase(each.Step, each.Phase, times.Started, times.Ended);
            each.Event.Clear();
            _freeEvents.Push(each.Event);
        }

        recorded.Clear();
    }

    public void Synchronize()
    {
        Queue.Finish();
        Transfers.Finish();
        foreach (List<RecordedPhase> recorded in _recorded)
        {
            recorded.ForEach(each => _freeEvents.Push(each.Event));
            recorded.Clear();
        }
    }

    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
    }

    private ClBuffer Allocate(string what, long bytes)
    {
        long limit = _context.Device.MaxAllocationBytes;
        if (bytes > limit)
        {
            throw new BatchTooLargeException(
                $"{what} of a batch take {bytes:N0} bytes, but the device '{_context.Device.Name}' allocates at most {limit:N0} at a time (CL_DEVICE_MAX_MEM_ALLOC_SIZE); use a smaller batch.");
        }

        // A buffer of no bytes is an error to OpenCL, and an ordinary need of ours.
        return ClBuffer.Allocate(_context, Math.Max(bytes, sizeof(float)));
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    private readonly record struct RecordedPhase(int Step, Phase Phase, ClEvent Event);
}
