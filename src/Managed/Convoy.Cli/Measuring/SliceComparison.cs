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

/// <summary>Two measurements of the same thing, compared.</summary>
/// <param name="Ratio">The later one's speed as a multiple of the earlier one's.</param>
/// <param name="Verdict">What can be said of it.</param>
internal readonly record struct SliceComparison(double Ratio, Verdict Verdict)
{
    /// <summary>
    /// What two runs of one binary differ by for reasons that do not show within either (where memory came to lie, what the
    /// machine did in that minute): nothing below it is told.
    /// </summary>
    public const double Floor = 0.05;

    /// <summary>Compares the median times of slices, in milliseconds.</summary>
    public static SliceComparison Compare(IReadOnlyCollection<double> before, IReadOnlyCollection<double> after)
    {
        (double Low, double Median, double High) earlier = Quantiles.Quartiles(before);
        (double Low, double Median, double High) later = Quantiles.Quartiles(after);
        double ratio = earlier.Median / later.Median;
        Verdict verdict = ratio > 1 + Floor && later.High < earlier.Low ? Verdict.Faster
            : 1 / ratio > 1 + Floor && later.Low > earlier.High ? Verdict.Slower
            : Verdict.NoDifference;
        return new SliceComparison(ratio, verdict);
    }
}
