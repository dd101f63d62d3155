using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

/// <summary>Work that consists of independent items, any range of which any thread may do.</summary>
internal interface IRangeJob
{
    /// <summary>Does the items from first up to, not including, end.</summary>
    /// <param name="thread">Which of the team's threads this is: 0 to Size - 1.</param>
    /// <param name="first">The first item.</param>
    /// <param name="end">The item behind the last one.</param>
    void Execute(int thread, long first, long end);
}

/// <summary>
/// A fixed team of threads, the caller of <see cref="Run"/> among them. Each has a share of a job's items, in order, so that it
/// finds in its cache what it wrote for the same part of an image a job before; who is done takes from the others' shares. Which
/// thread does which is left to chance in the end, so items must not depend on it. Idle threads wait awake for a moment, because
/// the next job of a network follows as soon as the last item of this one is done, and then sleep. One job at a time.
/// </summary>
internal sealed class ThreadTeam : IDisposable
{
    // A chunk's part of what is left of a share: large ones first, so that there are few, and small ones last, so that all
    // threads end together (guided self-scheduling: Polychronopoulos and Kuck 1987).
    private const int ChunksOfShare = 2;

    // One thread has nobody to end together with: it only asks, between chunks, whether to stop.
    private const int ChunksAlone = 8;

    // So that a request to stop is obeyed soon, however many items there are.
    private const int LargestChunk = 64;

    // How long to wait awake: about as long as another thread goes on with the last of a large layer's items. To fall asleep
    // and wake up takes 50 us or more.
    private static readonly TimeSpan Patience = TimeSpan.FromMicroseconds(500);

    // To SpinWait: it spins, and offers the processor to others that are ready to run, but never sleeps a millisecond.
    private const int NeverSleep = -1;

    private readonly object _gate = new();
    private readonly List<Thread> _workers = [];
    private IRangeJob? _job;
    private StopSignal _stop;
    private readonly Share[] _shares;
    private readonly ThreadCounters?[] _counters;
    private int _generation;
    private int _active;
    private bool _open;
    private bool _disposed;
    private ExceptionDispatchInfo? _failure;
    private WorkRecord? _record;

    /// <summary>Starts a team.</summary>
    /// <param name="size">Threads, the caller included; 0 takes as many as the process may use (affinity and quota respected).</param>
    public ThreadTeam(int size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        Size = size == 0 ? Environment.ProcessorCount : size;
        _shares = new Share[Size];
        _counters = new ThreadCounters?[Size];
        for (int thread = 1; thread < Size; thread++)
        {
            Start(thread);
        }
    }

    /// <summary>Threads, the caller of <see cref="Run"/> included.</summary>
    public int Size { get; }

    /// <summary>
    /// Does all items, or returns early once asked to stop. An exception of any thread is thrown here, after all have left
    /// the job.
    /// </summary>
    /// <param name="job">The job.</param>
    /// <param name="items">Its items.</param>
    /// <param name="stop">Asked between chunks of items.</param>
    /// <param name="record">Keeps what each thread did; null where nobody wants to know.</param>
    public void Run(IRangeJob job, long items, StopSignal stop, WorkRecord? record = null)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        record?.Begin(Size);
        if (items <= 1 || Size == 1)
        {
            long begin = record is null ? 0 : PhaseTimer.Now;
            EventCounts? before = ReadCounters(0, record);
            RunAlone(job, items, stop);
            record?.Add(0, begin, isStolen: false);
            Count(0, before, record);
            return;
        }

        _record = record;

        Publish(job, items, stop);
        try
        {
            ClaimChunks(0);
        }
        finally
        {
            AwaitOthers();
        }

        _failure?.Throw();
    }

    /// <summary>Ends the threads. No job may be running.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            Monitor.PulseAll(_gate);
        }

        foreach (Thread worker in _workers)
        {
            worker.Join();
        }

        foreach (ThreadCounters? counters in _counters)
        {
            counters?.Dispose();
        }
    }

    private void Start(int thread)
    {
        var worker = new Thread(() => Work(thread)) { IsBackground = true, Name = $"convoy worker {thread}" };
        try
        {
            worker.Start();
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            Dispose();
            throw new BackendException($"The system does not start {Size} threads, only {thread}; ask for fewer.", e);
        }

        _workers.Add(worker);
    }

    private static void RunAlone(IRangeJob job, long items, StopSignal stop)
    {
        long chunk = Math.Clamp(items / ChunksAlone, 1, LargestChunk);
        for (long first = 0; first < items && !stop.IsRequested; first += chunk)
        {
            job.Execute(0, first, Math.Min(items, first + chunk));
        }
    }

    private void Publish(IRangeJob job, long items, StopSignal stop)
    {
        lock (_gate)
        {
            _job = job;
            _stop = stop;
            for (int thread = 0; thread < Size; thread++)
            {
                _shares[thread].Next = BeginOf(thread, items);
                _shares[thread].End = BeginOf(thread + 1, items);
            }

            _failure = null;
            _open = true;
            Volatile.Write(ref _generation, _generation + 1);
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Where a thread's share begins: the division is even whatever the product of the two.</summary>
    private long BeginOf(int thread, long items) => (items / Size * thread) + (items % Size * thread / Size);

    /// <summary>A thread's own share, then what is left of the others'.</summary>
    private void ClaimChunks(int thread)
    {
        EventCounts? before = ReadCounters(thread, _record);
        for (int i = 0; i < Size; i++)
        {
            ClaimChunks(thread, ref _shares[(thread + i) % Size], isStolen: i > 0);
        }

        Count(thread, before, _record);
    }

    /// <summary>The events so far of a thread, which is the one that asks; null where nobody wants to know.</summary>
    private EventCounts? ReadCounters(int thread, WorkRecord? record)
    {
        if (record?.Events is not { } events)
        {
            return null;
        }

        // Whoever calls is the first thread, and may be another one each time.
        ref ThreadCounters? counters = ref _counters[thread];
        if (counters?.Thread != Environment.CurrentManagedThreadId)
        {
            counters?.Dispose();
            counters = ThreadCounters.Open(events);
        }

        return counters.Read();
    }

    private void Count(int thread, EventCounts? before, WorkRecord? record)
    {
        if (before is { } then && _counters[thread] is { } counters)
        {
            record?.Count(thread, counters.Read() - then);
        }
    }

    private void ClaimChunks(int thread, ref Share share, bool isStolen)
    {
        WorkRecord? record = _record;
        while (!_stop.IsRequested)
        {
            long first = Volatile.Read(ref share.Next);
            if (first >= share.End)
            {
                return;
            }

            long end = first + Math.Clamp((share.End - first) / ChunksOfShare, 1, LargestChunk);
            if (Interlocked.CompareExchange(ref share.Next, end, first) == first)
            {
                long begin = record is null ? 0 : PhaseTimer.Now;
                _job!.Execute(thread, first, end);
                record?.Add(thread, begin, isStolen);
            }
        }
    }

    private void AwaitOthers()
    {
        // A worker still asleep is not waited for: the job is closed, and it will not join any more.
        lock (_gate)
        {
            _open = false;
        }

        long begin = Stopwatch.GetTimestamp();
        var wait = default(SpinWait);
        while (Volatile.Read(ref _active) != 0 && Stopwatch.GetElapsedTime(begin) < Patience)
        {
            wait.SpinOnce(sleep1Threshold: NeverSleep);
        }

        lock (_gate)
        {
            while (_active != 0)
            {
                Monitor.Wait(_gate);
            }
        }

        _job = null;
    }

    private void Work(int thread)
    {
        int seen = 0;
        while (Join(ref seen))
        {
            try
            {
                ClaimChunks(thread);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }

            Leave();
        }
    }

    private bool Join(ref int seen)
    {
        while (true)
        {
            long begin = Stopwatch.GetTimestamp();
            var wait = default(SpinWait);
            while (Volatile.Read(ref _generation) == seen && Stopwatch.GetElapsedTime(begin) < Patience)
            {
                wait.SpinOnce(sleep1Threshold: NeverSleep);
            }

            lock (_gate)
            {
                while (!_disposed && _generation == seen)
                {
                    Monitor.Wait(_gate);
                }

                if (_disposed)
                {
                    return false;
                }

                seen = _generation;
                if (_open)
                {
                    _active++;
                    return true;
                }
            }

            // Too late for that job: the others have done it.
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_active == 0)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Items that are a thread's to begin with: those from Next up to End are left. Each in cache lines of its own.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Share
    {
        [FieldOffset(0)]
        public long Next;

        [FieldOffset(8)]
        public long End;
    }
}
