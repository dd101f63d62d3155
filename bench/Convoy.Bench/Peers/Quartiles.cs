using Convoy.Profiling;

namespace Convoy.Bench.Peers;

/// <summary>A sample's median and the quartiles around it, linear between neighbouring values.</summary>
internal readonly record struct Quartiles(double Lower, double Median, double Upper)
{
    /// <summary>Finds them in a sample of at least one value.</summary>
    public static Quartiles Of(IEnumerable<double> sample)
    {
        (double lower, double median, double upper) = Quantiles.Quartiles(sample);
        return new Quartiles(lower, median, upper);
    }
}
