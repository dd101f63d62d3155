namespace Convoy.Bench.Peers;

/// <summary>A sample's median and the quartiles around it, linear between neighbouring values.</summary>
internal readonly record struct Quartiles(double Lower, double Median, double Upper)
{
    /// <summary>Finds them in a sample of at least one value.</summary>
    public static Quartiles Of(IEnumerable<double> sample)
    {
        double[] sorted = [.. sample.Order()];
        return new Quartiles(At(sorted, 0.25), At(sorted, 0.5), At(sorted, 0.75));
    }

    private static double At(double[] sorted, double fraction)
    {
        double place = fraction * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
