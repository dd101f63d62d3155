using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>
/// What bounds a layer or a phase: of the roofline's roofs (Williams, Waterman and Patterson 2009), and of what no roof
/// shows, being launched and waiting, the one that would take most of the measured time by itself. Bytes are the memory's
/// where they do not stay in the last-level cache from one use to the next, and the cache's elsewhere.
/// </summary>
/// <param name="peaks">What the device can do.</param>
/// <param name="packedBytes">Packed weights of the whole network: what passes the cache between two uses of a layer's.</param>
internal sealed class LimitEstimate(DevicePeaks peaks, long packedBytes)
{
    // What else is in a cache: half of it is counted on.
    private const double ShareOfCache = 0.5;

    /// <summary>What bounds phases of one kind; null where they took no time.</summary>
    public Limit? Find(IReadOnlyCollection<RecordedPhase> phases, int threads)
    {
        double milliseconds = phases.Sum(phase => phase.Milliseconds);
        if (milliseconds <= 0)
        {
            return null;
        }

        double arithmetic = 0, memory = 0, cache = 0;
        foreach (PhaseWork work in phases.Select(phase => phase.Span.Work))
        {
            double fromMemory = FromMemory(work);
            arithmetic += work.Operations / (peaks.GigaFlopsPerSecond * 1e6);
            memory += fromMemory / (peaks.GigaBytesPerSecond * 1e6);
            cache += (work.Bytes - fromMemory) / ((peaks.CacheGigaBytesPerSecond ?? double.PositiveInfinity) * 1e6);
        }

        (double handedOver, double waiting) = IdleMilliseconds(phases, threads);
        double launch = Math.Max(handedOver, phases.Count * (peaks.LaunchMicroseconds ?? 0) / 1e3);
        (Bound bound, double most) = new[]
        {
            (Bound.Arithmetic, arithmetic),
            (Bound.Memory, memory),
            (Bound.Cache, cache),
            (Bound.Launch, launch),
            (Bound.Waiting, waiting),
        }.MaxBy(each => each.Item2);
        double percent = Math.Min(100, 100 * most / milliseconds);
        double weights = phases.Sum(phase => phase.Span.Work.WeightBytes);
        double bytes = phases.Sum(phase => phase.Span.Work.Bytes);
        return new Limit(bound, percent, AdviceOn(bound, percent, isMostlyWeights: weights > bytes / 2));
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

    private double FromMemory(in PhaseWork work)
    {
        double room = ShareOfCache * peaks.CacheBytes;
        return (packedBytes > room ? work.WeightBytes : 0)
            + (work.MapBytes > room ? work.MapBytes : 0)
            + (work.WorkspaceBytes > room ? work.WorkspaceBytes : 0);
    }

    private static string AdviceOn(Bound bound, double percent, bool isMostlyWeights) => bound switch
    {
        Bound.Arithmetic when percent >= 60 => "Near the peak: an algorithm with fewer operations, or more threads.",
        Bound.Arithmetic => "Shapes as small as this leave tiles half empty: a larger batch fills them better.",
        Bound.Memory when isMostlyWeights => "Weights are read once a batch: a larger batch, or 16-bit weights.",
        Bound.Memory => "Feature maps pass through memory: a smaller batch keeps them in the cache.",
        Bound.Cache => "What the algorithm leaves between its phases passes through the cache: an algorithm with fewer points, or a direct one.",
        Bound.Launch => "There is little to do for each launch: a larger batch.",
        Bound.Waiting => "Threads wait for one another: a larger batch, or fewer threads.",
        _ => throw new ArgumentOutOfRangeException(nameof(bound), bound, "There is no such bound."),
    };
}
