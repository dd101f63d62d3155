using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>What two measurements say of each other.</summary>
internal enum Verdict
{
    /// <summary>What there is may be noise.</summary>
    NoDifference,

    /// <summary>The later one is faster.</summary>
    Faster,

    /// <summary>The later one is slower.</summary>
    Slower,
}

/// <summary>
/// Two measurements of the same thing, compared by the median times of their slices. What else a machine does makes some slices
/// slower, and seldom touches the fastest; a change of the program shifts all of them. So there is a difference where the fastest
/// slice, the quartiles and the median all say so, by more than either measurement's own spread and by more than
/// <see cref="Floor"/>. bench/README.md has how often that was right.
/// </summary>
/// <param name="Ratio">The later one's speed as a multiple of the earlier one's, by the medians.</param>
/// <param name="Verdict">What can be said of it.</param>
internal readonly record struct SliceComparison(double Ratio, Verdict Verdict)
{
    /// <summary>
    /// What two runs of one binary differ by for reasons that do not show within either: where memory came to lie, or what the
    /// machine did in that minute. Nothing below it is told.
    /// </summary>
    public const double Floor = 0.05;

    private static readonly double[] Compared = [0, 0.25, 0.5, 0.75];

    /// <summary>Compares the median times of slices, in milliseconds, one or more on each side.</summary>
    public static SliceComparison Compare(IEnumerable<double> before, IEnumerable<double> after)
    {
        double[] earlier = [.. before.Order()];
        double[] later = [.. after.Order()];
        double least = 1 + Math.Max(Floor, Math.Max(SpreadOf(earlier), SpreadOf(later)));
        double[] ratios = [.. Compared.Select(quantile => Quantiles.Of(earlier, quantile) / Quantiles.Of(later, quantile))];
        return new SliceComparison(
            Quantiles.Of(earlier, 0.5) / Quantiles.Of(later, 0.5),
            ratios.All(ratio => ratio > least) ? Verdict.Faster : ratios.All(ratio => 1 / ratio > least) ? Verdict.Slower : Verdict.NoDifference);
    }

    /// <summary>The quartiles' distance as a share of the median.</summary>
    private static double SpreadOf(double[] ascending) =>
        (Quantiles.Of(ascending, 0.75) - Quantiles.Of(ascending, 0.25)) / Quantiles.Of(ascending, 0.5);
}
