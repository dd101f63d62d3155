namespace Convoy.Profiling;

/// <summary>Quantiles of measured numbers, interpolated between neighbours.</summary>
internal static class Quantiles
{
    /// <summary>The median of numbers in any order.</summary>
    public static double Median(IEnumerable<double> numbers) => Of([.. numbers.Order()], 0.5);

    /// <summary>The quartiles and the median of numbers in any order.</summary>
    public static (double Low, double Median, double High) Quartiles(IEnumerable<double> numbers)
    {
        double[] ascending = [.. numbers.Order()];
        return (Of(ascending, 0.25), Of(ascending, 0.5), Of(ascending, 0.75));
    }

    /// <summary>A quantile of one number or more in ascending order: 0 is the least, 0.5 the median.</summary>
    public static double Of(double[] ascending, double quantile)
    {
        double position = quantile * (ascending.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + ((position - below) * (ascending[above] - ascending[below]));
    }
}
