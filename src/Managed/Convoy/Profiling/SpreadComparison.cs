namespace Convoy.Profiling;

/// <summary>How a time changed.</summary>
public enum Change
{
    /// <summary>No more than times differ from one measurement to the next.</summary>
    NoDifference,

    /// <summary>It takes less time.</summary>
    Faster,

    /// <summary>It takes more time.</summary>
    Slower,
}

/// <summary>
/// Whether the times of two measurements differ: the one rule of <see cref="BenchComparison"/> and <see cref="ProfileComparison"/>.
/// What else a machine does makes some runs slower and seldom touches the fastest; a change of the program shifts all of them. So
/// there is a difference where the fastest, the lower quartile and the median moved the same way by more than <see cref="Floor"/>
/// and than other processes explain, should what they took of the cores have been taken from one measurement alone; and the latter
/// two by more than the notches of box plots (McGill, Tukey and Larsen 1978), so that more runs tell smaller changes.
/// bench/RESULTS.md has how often that was right.
/// </summary>
/// <param name="NoisePercent">The change of the median that would be noise.</param>
/// <param name="Change">The verdict.</param>
internal readonly record struct SpreadComparison(double NoisePercent, Change Change)
{
    /// <summary>
    /// What two runs of one binary differ by for reasons that do not show within either: where memory came to lie, or what the
    /// machine did in that minute. Nothing below it is called a difference.
    /// </summary>
    private const double Floor = 0.05;

    // At either side of a median, by the quartiles' distance over the root of the number of runs.
    private const double Notch = 1.57;

    /// <summary>Compares two measurements, each of times above zero.</summary>
    /// <param name="older">The older one.</param>
    /// <param name="olderRuns">Of how many times it is the spread.</param>
    /// <param name="newer">The newer one.</param>
    /// <param name="newerRuns">The same of the newer one.</param>
    /// <param name="othersPercent">What other processes took of the cores meanwhile, the more of both; null where it is not known.</param>
    public static SpreadComparison Compare(Spread older, int olderRuns, Spread newer, int newerRuns, double? othersPercent = null)
    {
        double floor = Math.Max(Floor, othersPercent / (100 - othersPercent) ?? 0);
        double noise = Math.Max(floor, NotchOf(older, olderRuns) + NotchOf(newer, newerRuns));
        return new SpreadComparison(
            100 * noise,
            IsSlower(older, newer, noise, floor) ? Change.Slower : IsSlower(newer, older, noise, floor) ? Change.Faster : Change.NoDifference);
    }

    private static bool IsSlower(Spread one, Spread other, double noise, double floor) =>
        IsLonger(one.Low, other.Low, noise) && IsLonger(one.Median, other.Median, noise)
        && (one.Least == 0 || other.Least == 0 || IsLonger(one.Least, other.Least, floor));

    private static bool IsLonger(double one, double other, double noise) => other > one * (1 + noise);

    /// <summary>As a share of the median.</summary>
    private static double NotchOf(Spread spread, int runs) => Notch * (spread.High - spread.Low) / spread.Median / Math.Sqrt(runs);
}
