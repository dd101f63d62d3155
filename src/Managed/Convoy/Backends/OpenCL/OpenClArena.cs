using System.Runtime.InteropServices;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// The feature maps and workspace of a batch in a device's memory, scratch, the two queues that work on them, and all that is
/// out while they do: events that show how long it took, buffers mapped for the host, host memory lent to the device.
/// </summary>
/// <remarks>
/// Kernels get the whole buffer and an offset in floats. Sub-buffers would do no more, and would have to start where
/// CL_DEVICE_MEM_BASE_ADDR_ALIGN allows.
/// </remarks>
internal sealed class OpenClArena : IArena
{
    /// <summary>What the largest buffer is, as a sentence begins.</summary>
    public const string MapsTitle = "The feature maps and workspace";

    /// <summary>What scratch is, as a sentence begins.</summary>
    public const string ScratchTitle = "The padded or folded input of a convolution";

    private readonly ClContext _context;
    private readonly DeviceMemory _memory;
    private readonly List<RecordedPhase>[] _recorded = [.. Enumerable.Range(0, OpenClBackend.Slots).Select(_ => new List<RecordedPhase>())];
    private readonly Stack<ClEvent> _freeEvents = [];
    private readonly List<(IClMemory Memory, PinnedMemory Mapped)> _mapped = [];
    private readonly ClHostWindow[] _sources;
    private readonly List<ClHostWindow>[] _targets;
    private readonly int[] _lentTargets = new int[OpenClBackend.Slots];
    private readonly List<IDisposable> _owned = [];

    // Whose last phase the host is timing; -1 where it times none.
    private int _timedSlot = -1;

    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time, or has no memory left.</exception>
    public OpenClArena(DeviceMemory memory, long bytes, long scratchBytes)
    {
        _memory = memory;
        _context = memory.Context;
        _sources = CreateWindows();
        _targets = [.. Enumerable.Range(0, OpenClBackend.Slots).Select(_ => new List<ClHostWindow>())];
        Bytes = bytes + scratchBytes;
        try
        {
            Queue = Own(new ClQueue(_context));
            Transfers = Own(new ClQueue(_context));
            Maps = Own(memory.Allocate(MapsTitle, bytes));
            Scratch = Own(memory.Allocate(ScratchTitle, scratchBytes));
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

    /// <summary>The feature maps, and the workspace of steps that have some: the transformed inputs and GEMM outputs of Winograd's algorithm.</summary>
    public ClBuffer Maps { get; } = null!;

    /// <summary>Memory whose content matters within one step only: the padded or folded input of a convolution.</summary>
    public ClBuffer Scratch { get; } = null!;

    /// <summary>An event for a command of the current step; null when nobody listens.</summary>
    /// <param name="context">The step.</param>
    /// <param name="phase">What the command does.</param>
    /// <param name="name">The kernel's name, or what is done to a buffer.</param>
    /// <param name="work">What it does.</param>
    /// <param name="isTransfer">Whether it goes to the queue for transfers.</param>
    public ClEvent? Record(in RegionContext context, Phase phase, string name, KernelWork work, bool isTransfer = false)
    {
        if (context.Listener is null)
        {
            return null;
        }

        if (!_freeEvents.TryPop(out ClEvent? signal))
        {
            signal = Own(new ClEvent(_context));
        }

        var span = new PhaseSpan(context.Region, phase, name, context.Listener.TimesOnHost ? FinishTimed() : 0, 0)
        {
            FirstImage = context.FirstImage,
            Images = context.Images,
            Work = work.Of(context.Images),
            IsTransfer = isTransfer,
        };
        _recorded[context.Slot].Add(new RecordedPhase(span, signal));
        _timedSlot = context.Listener.TimesOnHost ? context.Slot : -1;
        return signal;
    }

    /// <summary>All of a slot's commands have ended: takes back what was lent, and reports to the listener how long they took.</summary>
    public void Complete(in RegionContext context)
    {
        _sources[context.Slot].Close();
        CloseTargets(context.Slot);
        if (context.Listener is null)
        {
            return;
        }

        List<RecordedPhase> recorded = _recorded[context.Slot];
        bool isTimedOnHost = context.Listener.TimesOnHost;
        if (isTimedOnHost)
        {
            FinishTimed();
        }

        foreach ((PhaseSpan span, ClEvent signal) in recorded)
        {
            context.Listener.OnPhase(isTimedOnHost ? span : Timed(span, signal.Times), []);
        }

        Forget(recorded);
    }

    /// <summary>Maps the first bytes of a buffer for the host; returns when they may be looked at. It stays mapped until <see cref="Unmap"/>.</summary>
    public PinnedMemory Map(IClMemory memory, ClMapAccess access, long bytes, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
    {
        PinnedMemory mapped = Transfers.Map(memory, access, 0, bytes, after, signal);
        _mapped.Add((memory, mapped));
        return mapped;
    }

    /// <summary>Begins to give a mapped buffer back to the device. What fails here is tried again by <see cref="Synchronize"/>.</summary>
    public void Unmap(IClMemory memory, ClEvent? signal = null)
    {
        int index = 0;
        while (_mapped[index].Memory != memory)
        {
            index++;
        }

        Transfers.BeginUnmap(memory, _mapped[index].Mapped, signal: signal);
        _mapped.RemoveAt(index);
    }

    /// <summary>
    /// Lets kernels read the caller's images where they lie, until the slot's batch is complete; null where the device would
    /// not.
    /// </summary>
    public ClHostWindow? LendImages(ReadOnlySpan<byte> images, in RegionContext context) =>
        Lend(_sources[context.Slot], images, ClAccess.ReadOnly, context);

    /// <summary>Lets kernels write the scores where the caller wants them, in the same way: a window for each of a network's outputs.</summary>
    public ClHostWindow? LendScores(in RegionContext context)
    {
        List<ClHostWindow> windows = _targets[context.Slot];
        int next = _lentTargets[context.Slot];
        if (next == windows.Count)
        {
            windows.Add(Own(new ClHostWindow(_context)));
        }

        ClHostWindow? lent = Lend(windows[next], MemoryMarshal.AsBytes(context.Scores), ClAccess.WriteOnly, context);
        _lentTargets[context.Slot] += lent is null ? 0 : 1;
        return lent;
    }

    public void Synchronize()
    {
        // What fails here has been reported: by the call that failed before, or else by the next one.
        Queue.TryFinish();
        Transfers.TryFinish();
        _mapped.RemoveAll(each => Transfers.TryUnmap(each.Memory, each.Mapped));
        Array.ForEach(_sources, window => window.Close());
        for (int slot = 0; slot < OpenClBackend.Slots; slot++)
        {
            CloseTargets(slot);
        }

        _timedSlot = -1;
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

    private static PhaseSpan Timed(in PhaseSpan span, ClEventTimes times) => span with { BeginNanoseconds = times.Started, EndNanoseconds = times.Ended };

    /// <summary>Waits for all that was enqueued, with which the phase ends that the host is timing, and returns the host's time.</summary>
    private long FinishTimed()
    {
        Transfers.Finish();
        Queue.Finish();
        long now = PhaseTimer.Now;
        if (_timedSlot >= 0)
        {
            List<RecordedPhase> recorded = _recorded[_timedSlot];
            recorded[^1] = recorded[^1] with { Span = recorded[^1].Span with { EndNanoseconds = now } };
            _timedSlot = -1;
        }

        return now;
    }

    private unsafe ClHostWindow? Lend(ClHostWindow window, ReadOnlySpan<byte> bytes, ClAccess access, in RegionContext context)
    {
        if (!context.IsPinned || bytes.IsEmpty)
        {
            return null;
        }

        // Its owner holds it fast for longer than this.
        fixed (byte* first = bytes)
        {
            var memory = new PinnedMemory(first, bytes.Length);
            if (!_memory.IsInPlace(memory))
            {
                return null;
            }

            window.Open(memory, access);
            return window;
        }
    }

    private void CloseTargets(int slot)
    {
        _targets[slot].ForEach(window => window.Close());
        _lentTargets[slot] = 0;
    }

    private ClHostWindow[] CreateWindows() => [.. Enumerable.Range(0, OpenClBackend.Slots).Select(_ => Own(new ClHostWindow(_context)))];

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

    private readonly record struct RecordedPhase(PhaseSpan Span, ClEvent Event);
}
