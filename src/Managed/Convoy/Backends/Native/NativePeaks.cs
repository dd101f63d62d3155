using System.Diagnostics;

namespace Convoy.Backends.Native;

/// <summary>
/// What the processor's cores can do at best, measured where the kernels are: the C library does work of a known amount, and the
/// team of threads that computes layers does it on all of them at once.
/// </summary>
internal sealed class NativePeaks : IPeakSource
{
    // What a round takes at least: long against the clock's steps, short against the slices that a busy machine is shared in.
    private const double RoundSeconds = 0.5e-3;

    private const long MostRepeats = 1 << 22;

    // How often a length of rounds is tried before it counts as long enough.
    private const int Tries = 5;

    // What a thread reads of memory in a round: a millisecond's worth.
    private const long PieceBytes = 16L << 20;

    // What is read over and over does not stay in second-level caches of a fourth of it.
    private const int CacheOfSecondLevel = 8;
    private const int LeastCacheOfSecondLevel = 4;

    private const int Measurements = 5;

    private const string HalfReason = "computes in fp32; 16-bit weights are converted in registers";

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
        var peaks = new MeasuredPeaks(threads) { HalfReason = HalfReason, CacheSize = caches.LastLevel, Count = Measurements, Progress = progress };
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
        using var memory = MeasuredMemory.Beyond(cacheBytes, team);
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
        long bytes = MeasuredMemory.WholePages(Math.Min(CacheOfSecondLevel * caches.SecondLevel, caches.LastLevel / 2 / team.Size));
        if (caches.SecondLevel == 0 || caches.LastLevel == 0)
        {
            peaks.Miss(what, "The system does not say how large the caches are.");
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
}
