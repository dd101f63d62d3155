namespace Convoy.Cli.Measuring;

/// <summary>For how long a combination is measured, and in what slices, between which the others have their turns.</summary>
/// <param name="Seconds">The time measured; with a number of runs, what bounds the warm-up.</param>
/// <param name="Runs">The number of runs, whatever time they take; null where the time counts.</param>
internal sealed record BenchLength(double Seconds, int? Runs = null)
{
    /// <summary>
    /// Enough for quartiles of their medians, and so few that a slice of the usual two seconds has time for what a session
    /// finds cold.
    /// </summary>
    public const int Slices = 10;

    // Enough for a median, however slow the device is.
    private const int LeastRuns = 3;

    /// <summary>The time of a slice, which has a run at least.</summary>
    public double SliceSeconds => Runs is null ? Seconds / Slices : 0;

    /// <summary>The longest that a session is warmed up for.</summary>
    public double WarmUpSeconds => Seconds / 2;

    /// <summary>How many runs the next slice has at least.</summary>
    public int SliceRuns(int runsBefore) => Runs is { } all ? Math.Min((all + Slices - 1) / Slices, all - runsBefore) : 1;

    /// <summary>The share that is measured, from 0 to 1.</summary>
    public double ShareOf(int runs, double seconds) =>
        Runs is { } all ? Math.Min(1, (double)runs / all) : Math.Min(1, Math.Min((double)runs / LeastRuns, seconds / Seconds));
}
