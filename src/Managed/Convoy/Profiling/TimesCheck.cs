using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>Holds the times of batches by the device's clock against the host's.</summary>
internal static class TimesCheck
{
    private const string Batch = "a batch";

    /// <summary>What cannot be in the device's times, in a sentence; null where nothing is.</summary>
    public static string? FindImpossible(IEnumerable<PhaseRecorder> batches) => batches
        .Select(batch => FindImpossible([.. batch.Phases.Select(phase => phase.Span)], batch.WallMilliseconds / 1e3, Batch))
        .FirstOrDefault(problem => problem is not null);

    /// <summary>Whether all batches took less time than they can have.</summary>
    public static bool AreTooShort(IEnumerable<PhaseRecorder> batches) =>
        batches.All(batch => DeviceClock.IsTooShort(batch.BusyMilliseconds / 1e3, batch.WallMilliseconds / 1e3));

    /// <summary>The sentence on a batch that did.</summary>
    public static string ContradictShort(PhaseRecorder batch) => DeviceClock.Contradict(Batch, batch.BusyMilliseconds / 1e3, batch.WallMilliseconds / 1e3);

    /// <summary>What is wrong with the times of phases that ran while the host waited for so many seconds, whoever else held it up; null where nothing is.</summary>
    public static string? FindProblem(IReadOnlyCollection<PhaseSpan> phases, double hostSeconds)
    {
        double busy = phases.Sum(phase => (double)phase.EndNanoseconds - phase.BeginNanoseconds) / 1e9;
        return FindImpossible(phases, hostSeconds, "batches")
            ?? (DeviceClock.IsFarTooShort(busy, hostSeconds) ? DeviceClock.Contradict("batches", busy, hostSeconds) : null);
    }

    private static string? FindImpossible(IReadOnlyCollection<PhaseSpan> phases, double hostSeconds, string what)
    {
        if (phases.Count == 0)
        {
            return null;
        }

        PhaseSpan shortest = phases.MinBy(phase => (Int128)phase.EndNanoseconds - phase.BeginNanoseconds);
        if (shortest.EndNanoseconds < shortest.BeginNanoseconds)
        {
            return DeviceClock.ContradictEnd(shortest.BeginNanoseconds, shortest.EndNanoseconds);
        }

        double seconds = ((double)phases.Max(phase => phase.EndNanoseconds) - phases.Min(phase => phase.BeginNanoseconds)) / 1e9;
        return DeviceClock.IsTooLong(seconds, hostSeconds) ? DeviceClock.Contradict(what, seconds, hostSeconds) : null;
    }
}
