using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>
/// What bounds a phase: of the roofline's roofs (Williams, Waterman and Patterson 2009), and of what no roof shows, being
/// launched and waiting, the one that would take most of the measured time by itself. Bytes are the memory's where they do not
/// stay in the last-level cache from one use to the next, and the cache's elsewhere; where the cache was not measured, all are
/// the memory's.
/// </summary>
/// <param name="peaks">What the device can do.</param>
/// <param name="packedBytes">Packed weights of the whole network: what passes the cache between two uses of a layer's.</param>
/// <param name="headroom">What the session could be given more of.</param>
internal sealed class LimitEstimate(DevicePeaks peaks, long packedBytes, Headroom headroom)
{
    // What else is in a cache: half of it is counted on.
    private const double ShareOfCache = 0.5;

    // What explains less of the time is not what bounds it.
    private const double LeastPercent = 25;

    /// <summary>What bounds phases of one kind; null where they took no time, or nothing explains a quarter of it.</summary>
    public Limit? Find(IReadOnlyCollection<RecordedPhase> phases, int threads)
    {
        double milliseconds = phases.Sum(phase => phase.Milliseconds);
        PhaseWork work = phases.Aggregate(default(PhaseWork), (sum, phase) => sum + phase.Span.Work);
        double fromMemory = phases.Sum(phase => FromMemory(phase.Span.Work));
        (double handedOver, double waiting) = IdleMilliseconds(phases, threads);
        double shortest = phases.Count * (peaks.ShortestMicroseconds ?? 0) / 1e3;
        (Bound bound, double most) = new[]
        {
            (Bound.Arithmetic, work.Operations / (peaks.GigaFlopsPerSecond * 1e6)),
            (Bound.Memory, fromMemory / (peaks.GigaBytesPerSecond * 1e6)),
            (Bound.Cache, (work.Bytes - fromMemory) / ((peaks.CacheGigaBytesPerSecond ?? double.PositiveInfinity) * 1e6)),
            (Bound.Launch, Math.Max(handedOver, shortest)),
            (Bound.Waiting, waiting),
        }.MaxBy(each => each.Item2);
        double percent = Math.Min(100, 100 * most / milliseconds);
        return milliseconds <= 0 || percent < LeastPercent ? null : new Limit(bound, percent, AdviceOn(bound, percent, work));
    }

    /// <summary>The bytes of a phase that do not stay in the last-level cache from one use to the next.</summary>
    public double FromMemory(in PhaseWork work)
    {
        double room = peaks.CacheGigaBytesPerSecond is null ? 0 : ShareOfCache * peaks.CacheBytes;
        return (packedBytes > room ? work.WeightBytes : 0)
            + (work.MapBytes > room ? work.MapBytes : 0)
            + (work.WorkspaceBytes > room ? work.WorkspaceBytes : 0);
    }

    /// <summary>Time in which no thread worked, before the first and behind the last; and that in which threads waited beside others, one with the other.</summary>
    private static (double HandedOver, double Waiting) IdleMilliseconds(IReadOnlyCollection<RecordedPhase> phases, int threads)
    {
        double handedOver = 0, waiting = 0;
        foreach (RecordedPhase phase in phases.Where(phase => !phase.Threads.IsEmpty))
        {
            double covered = phase.Threads.Max(span => span.EndNanoseconds) - phase.Threads.Min(span => span.BeginNanoseconds);
            double worked = phase.Threads.Sum(span => (double)(span.EndNanoseconds - span.BeginNanoseconds));
            handedOver += phase.Milliseconds - (covered / 1e6);
            waiting += (covered - (worked / threads)) / 1e6;
        }

        return (handedOver, waiting);
    }

    private string AdviceOn(Bound bound, double percent, in PhaseWork work) => bound switch
    {
        Bound.Arithmetic when percent >= 60 => $"Near the peak: an algorithm with fewer operations{(headroom.HasThreads ? ", or more threads" : "")}.",
        Bound.Arithmetic => "The shape leaves tiles half empty, or the algorithm does not come nearer to the peak: a larger batch may.",
        Bound.Memory or Bound.Cache when work.WeightBytes > work.Bytes / 2 => $"Weights are read once a batch: a larger batch{(headroom.HasSmallerWeights ? ", or 16-bit weights" : "")}.",
        Bound.Memory when work.MapBytes > work.Bytes / 2 => "Feature maps pass through memory: only fewer or smaller ones would be faster.",
        Bound.Cache when work.MapBytes > work.Bytes / 2 => "Feature maps pass through the cache: only fewer or smaller ones would be faster.",
        Bound.Memory when work.WorkspaceBytes > work.Bytes / 2 => "What the algorithm leaves between its phases passes through memory: an algorithm with fewer points, or a direct one.",
        Bound.Cache when work.WorkspaceBytes > work.Bytes / 2 => "What the algorithm leaves between its phases passes through the cache: an algorithm with fewer points, or a direct one.",
        Bound.Memory or Bound.Cache => "Weights, feature maps and what lies between phases share the time: a larger batch, or fewer feature maps.",
        Bound.Launch => "There is little to do for each launch: a larger batch.",
        Bound.Waiting => "Threads wait for one another: a larger batch, or fewer threads.",
        _ => throw new ArgumentOutOfRangeException(nameof(bound), bound, "There is no such bound."),
    };
}
