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
    public OpenClArena(DeviceMemory memory, long bytes, long scratchBytes)
    {
        _context = memory.Context;
        Bytes = bytes + scratchBytes;
        try
        {
            Queue = Own(new ClQueue(_context));
            Transfers = Own(new ClQueue(_context));
            Maps = Own(memory.Allocate("The feature maps", bytes));
            Scratch = Own(memory.Allocate("The padded input of a convolution", scratchBytes));
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
        if (context.Listener is null)
        {
            return;
        }

        List<RecordedPhase> recorded = _recorded[context.Slot];
        for (int i = 0; i < recorded.Count; i++)
        {
            // Several kernels of one step, which follow each other, are one phase; the ways in and out are told apart.
            (int step, Phase phase, ClEvent first) = recorded[i];
            ClEventTimes times = first.Times;
            long ended = times.Ended;
            while (step >= 0 && i + 1 < recorded.Count && recorded[i + 1].Step == step)
            {
                ended = recorded[++i].Event.Times.Ended;
            }

            context.Listener.OnPhase(step, phase, times.Started, ended);
        }

        Forget(recorded);
    }

    public void Synchronize()
    {
        // What fails here has been told: by the call that failed before, or else by the next one.
        Queue.TryFinish();
        Transfers.TryFinish();
        Array.ForEach(_recorded, Forget);
    }

    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
    }

    private void Forget(List<RecordedPhase> recorded)
    {
        foreach (RecordedPhase each in recorded)
        {
            each.Event.Clear();
            _freeEvents.Push(each.Event);
        }

        recorded.Clear();
    }

    private T Own<T>(T resource)
        where T : IDisposable
    {
        _owned.Add(resource);
        return resource;
    }

    private readonly record struct RecordedPhase(int Step, Phase Phase, ClEvent Event);
}
