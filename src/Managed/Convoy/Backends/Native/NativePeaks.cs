using System.Diagnostics;
using Convoy.Memory;

namespace Convoy.Backends.Native;

/// <summary>
/// What the processor's cores can do at best, measured where the kernels are: the C library does work of a known amount, and the
/// team of threads that computes layers does it on all of them at once.
/// </summary>
internal sealed class NativePeaks : IPeakSource
{
    // What a round takes at least: long against the clock's steps, short against the slices that a busy machine is shared in.
    private const double RoundSeconds = 0.5e-3;

    // A round that was shorter tells more of the clock than of the machine.
    private const double LeastSeconds = 20e-6;

    private const long MostRepeats = 1 << 22;

    // How often a length of rounds is tried before it counts as long enough.
    private const int Tries = 5;

    // How far beyond the last-level cache memory begins, so that hardly anything of it is found there.
    private const int MemoryOfCache = 8;
    private const int LeastMemoryOfCache = 2;
    private const long LeastMemory = 128L << 20;
    private const long MostMemory = 1L << 30;
    private const int ShareOfMachine = 4;

    // What a thread reads of memory in a round: a millisecond's worth.
    private const long PieceBytes = 16L << 20;
    private const long PageBytes = 4096;

    // What is read over and over does not stay in second-level caches of a fourth of it.
    private const int CacheOfSecondLevel = 8;
    private const int LeastCacheOfSecondLevel = 4;

    private const int Measurements = 5;

    // Jobs that follow one another as a network's do; one alone is too short for the clock's steps.
    private const int LaunchesAtOnce = 20;

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan LeastOfLaunches = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(800);

    public bool IsRisky => false;

    public string? Describe(int threads) => NativeLibraryState.ContentHash is { } library
        ? FormattableString.Invariant($"native: {NativeLibraryState.InstructionSetName}, library {library}, threads {Limit(threads)}")
        : null;

    public MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress)
    {
        threads = Limit(threads);
        ProcessorCaches caches = ProcessorCaches.Current;
        var peaks = new MeasuredPeaks(threads) { CacheSize = caches.LastLevel, Count = Measurements, Progress = progress };
        try
        {
            using var team = new ThreadTeam(threads);
            peaks.Flops = peaks.Try("Arithmetic", () => MeasureArithmetic(team));
            peaks.MemoryBytes = peaks.Try("The bandwidth of memory", () => MeasureMemory(team, caches.LastLevel));
            peaks.CacheBytes = MeasureCache(peaks, team, caches);
            peaks.LaunchSeconds = 1 / peaks.Try("A job that gathers all threads", () => MeasureLaunches(team, team.Size));
            peaks.ShortestSeconds = 1 / peaks.Try("A job for one thread", () => MeasureLaunches(team, 1));
        }
        catch (BackendException e)
        {
            peaks.Miss("The processor", e.Message);
        }

        return peaks;
    }

    /// <summary>More threads than processors would only take turns.</summary>
    private static int Limit(int threads) => Math.Min(threads, Environment.ProcessorCount);

    private static BestRate MeasureArithmetic(ThreadTeam team)
    {
        var job = new MeasuringJob(NativeMeasureKind.MultiplyAdds, team.Size);
        return Repeat(job, team);
    }

    /// <summary>Each thread reads a memory of its own from front to back, a piece a round, and begins again.</summary>
    private static BestRate MeasureMemory(ThreadTeam team, long cacheBytes)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMachine;
        long total = Math.Min(Math.Clamp(cacheBytes * MemoryOfCache, LeastMemory, MostMemory), available);
        if (total < LeastMemoryOfCache * cacheBytes)
        {
            throw new BackendException($"Of this machine's memory, {total:N0} bytes would be used, which is not far beyond its last-level cache of {cacheBytes:N0}.");
        }

        using var memory = new MeasuredMemory(team, total / team.Size / PageBytes * PageBytes);
        var job = new MeasuringJob(NativeMeasureKind.Read, team.Size) { Bytes = Math.Min(PieceBytes, memory.Stride) };
        long pieces = memory.Stride / job.Bytes;
        long round = 0;
        return BestRate.Of(Least, Most, () =>
        {
            job.Data = memory.Address + (nint)(round++ % pieces * job.Bytes);
            job.Stride = memory.Stride;
            return job.Run(team);
        });
    }

    /// <summary>Each thread reads over and over what its share of the last-level cache holds, and no other cache does.</summary>
    private static double? MeasureCache(MeasuredPeaks peaks, ThreadTeam team, ProcessorCaches caches)
    {
        const string what = "The bandwidth of the last-level cache";
        long bytes = Math.Min(CacheOfSecondLevel * caches.SecondLevel, caches.LastLevel / 2 / team.Size) / PageBytes * PageBytes;
        if (caches.SecondLevel == 0 || caches.LastLevel == 0)
        {
            peaks.Miss(what, "The system does not tell how large the caches are.");
            return null;
        }

        if (bytes < LeastCacheOfSecondLevel * caches.SecondLevel)
        {
            peaks.Miss(what, "A thread's share of it is not much larger than its second-level cache.");
            return null;
        }

        return peaks.Try(what, () =>
        {
            using var memory = new MeasuredMemory(team, bytes);
            return Repeat(new MeasuringJob(NativeMeasureKind.Read, team.Size) { Data = memory.Address, Bytes = bytes, Stride = bytes }, team);
        });
    }

    /// <summary>Rounds of the same, repeated so often that a round is long enough.</summary>
    private static BestRate Repeat(MeasuringJob job, ThreadTeam team)
    {
        job.Repeats = 1;
        while (job.Repeats < MostRepeats && QuickestOf(Tries, job, team) < RoundSeconds)
        {
            job.Repeats *= 2;
        }

        return BestRate.Of(Least, Most, () => job.Run(team));
    }

    /// <summary>The least of several rounds: a single one may last because a thread was late, or the code new.</summary>
    private static double QuickestOf(int rounds, MeasuringJob job, ThreadTeam team)
    {
        double least = double.PositiveInfinity;
        for (int i = 0; i < rounds; i++)
        {
            job.Run(team);
            least = Math.Min(least, job.Seconds);
        }

        return least;
    }

    /// <summary>Jobs a second in which so many threads take part, and nothing is done.</summary>
    private static BestRate MeasureLaunches(ThreadTeam team, int threads)
    {
        var job = new Gathering(threads);
        return BestRate.Of(LeastOfLaunches, Most, () =>
        {
            bool isComplete = true;
            long begin = Stopwatch.GetTimestamp();
            for (int i = 0; i < LaunchesAtOnce; i++)
            {
                job.Begin();
                team.Run(job, threads, default);
                isComplete &= job.IsComplete;
            }

            return ((double)LaunchesAtOnce * Stopwatch.Frequency / (Stopwatch.GetTimestamp() - begin), !isComplete);
        });
    }

    /// <summary>An item for each thread, which is done once all have one: else the first would do all of them before the others come.</summary>
    private sealed class Gathering(int threads) : IRangeJob
    {
        // One that another program keeps from its processor mostly has it back by then.
        private static readonly long Patience = Stopwatch.Frequency * 3 / 1_000;

        private int _arrived;
        private int _late;

        /// <summary>Whether every thread has waited for all the others.</summary>
        public bool IsComplete => _late == 0;

        public void Begin() => (_arrived, _late) = (0, 0);

        public void Execute(int thread, long first, long end)
        {
            int arrived = Interlocked.Add(ref _arrived, (int)(end - first));
            for (long begin = Stopwatch.GetTimestamp(); arrived < threads && Stopwatch.GetTimestamp() - begin < Patience; arrived = Volatile.Read(ref _arrived))
            {
                // Awake, as the team itself waits.
            }

            if (arrived < threads)
            {
                Volatile.Write(ref _late, 1);
            }
        }
    }

    /// <summary>An item for each thread: the same amount of work for all, which they begin together.</summary>
    private sealed class MeasuringJob(NativeMeasureKind kind, int threads) : IRangeJob
    {
        private readonly (long Begin, long End, ulong Amount)[] _done = new (long, long, ulong)[threads];
        private readonly Gathering _gathering = new(threads);

        public nint Data { get; set; }

        public long Bytes { get; set; }

        /// <summary>Bytes from one thread's memory to the next one's.</summary>
        public long Stride { get; set; }

        public long Repeats { get; set; } = 1;

        /// <summary>From the first thread's begin to the last one's end.</summary>
        public double Seconds => Stopwatch.GetElapsedTime(_done.Min(each => each.Begin), _done.Max(each => each.End)).TotalSeconds;

        /// <summary>Does the work once; returns how much a second was done, and whether a thread was missing.</summary>
        public (double Rate, bool IsDisturbed) Run(ThreadTeam team)
        {
            _gathering.Begin();
            team.Run(this, threads, default);
            double seconds = Seconds;
            return (_done.Sum(each => (double)each.Amount) / seconds, !_gathering.IsComplete || seconds < LeastSeconds);
        }

        public void Execute(int thread, long first, long end)
        {
            _gathering.Execute(thread, first, end);
            for (long item = first; item < end; item++)
            {
                long begin = Stopwatch.GetTimestamp();
                NativeMethods.Measure(kind, InstructionSet.Auto, Data + (nint)(item * Stride), (ulong)Bytes, Repeats, out ulong amount, out _)
                    .ThrowIfFailed("measure", kind.ToString());
                _done[item] = (begin, Stopwatch.GetTimestamp(), amount);
            }
        }
    }

    /// <summary>Memory for all threads, each part of it written first by the thread that probably reads it.</summary>
    private sealed class MeasuredMemory : IRangeJob, IDisposable
    {
        private readonly NativeMemoryPool _pool = new(maxPooledBytes: 0);
        private readonly PooledBuffer<byte> _buffer;

        public MeasuredMemory(ThreadTeam team, long stride)
        {
            Stride = stride;
            try
            {
                _buffer = _pool.Rent<byte>(stride * team.Size);
            }
            catch
            {
                _pool.Dispose();
                throw;
            }

            HugePages.Ask(_buffer.Address, stride * team.Size);
            team.Run(this, team.Size, default);
        }

        public nint Address => _buffer.Address;

        /// <summary>Bytes of a thread.</summary>
        public long Stride { get; }

        public unsafe void Execute(int thread, long first, long end)
        {
            for (long item = first; item < end; item++)
            {
                new Span<byte>((void*)(_buffer.Address + (nint)(item * Stride)), checked((int)Stride)).Fill(1);
            }
        }

        public void Dispose()
        {
            _buffer.Dispose();
            _pool.Dispose();
        }
    }
}
