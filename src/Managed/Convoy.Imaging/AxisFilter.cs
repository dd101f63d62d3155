using System.Buffers;

namespace Convoy.Imaging;

/// <summary>
/// The weights with which source pixels along one axis make up each pixel of a crop window: a triangle filter that widens
/// as the picture shrinks (bilinear with antialiasing).
/// </summary>
/// <remarks>
/// The definition is Pillow's (src/libImaging/Resample.c), which torchvision's transforms use too: weights in double
/// precision, normalised to sum 1, then rounded to 22 fractional bits. Integer arithmetic from there on makes the result the
/// same on every machine, and Pillow's to the bit. Only the window's weights are computed, however large the resized
/// picture would be.
/// </remarks>
internal readonly struct AxisFilter : IDisposable
{
    /// <summary>The fractional bits of a weight: a byte times a sum of weights stays within 31 bits.</summary>
    public const int FractionBits = 32 - 8 - 2;

    private readonly int[] _starts;
    private readonly int[] _weights;

    public AxisFilter(in AxisWindow window)
    {
        double scale = (double)window.Source / window.Resized;
        double reach = Math.Max(scale, 1.0);
        Count = window.Count;
        Taps = (int)Math.Min((2 * (long)Math.Ceiling(reach)) + 1, window.Source);
        _starts = ArrayPool<int>.Shared.Rent(Count);
        _weights = ArrayPool<int>.Shared.Rent(checked(Count * Taps));

        double inverseReach = 1.0 / reach;
        for (int i = 0; i < Count; i++)
        {
            double centre = (window.First + i + 0.5) * scale;
            int start = (int)Math.Max(centre - reach + 0.5, 0);
            int end = (int)Math.Min(centre + reach + 0.5, window.Source);
            double total = 0;
            for (int s = start; s < end; s++)
            {
                total += Triangle((s - centre + 0.5) * inverseReach);
            }

            // An output near the far edge has fewer taps; it starts earlier, with zeros, so that all have the same number.
            _starts[i] = Math.Min(start, window.Source - Taps);
            Span<int> weights = _weights.AsSpan(i * Taps, Taps);
            weights.Clear();
            for (int s = start; s < end; s++)
            {
                double weight = Triangle((s - centre + 0.5) * inverseReach) / total;
                weights[s - _starts[i]] = (int)((weight * (1 << FractionBits)) + 0.5);
            }
        }
    }

    /// <summary>The number of pixels in the crop window.</summary>
    public int Count { get; }

    /// <summary>The number of source pixels that each of them is made of, those with weight 0 included.</summary>
    public int Taps { get; }

    /// <summary>The first source pixel of output <paramref name="index"/>; it never decreases from one output to the next.</summary>
    public int Start(int index) => _starts[index];

    /// <summary>The weights of output <paramref name="index"/>.</summary>
    public ReadOnlySpan<int> Weights(int index) => _weights.AsSpan(index * Taps, Taps);

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<int>.Shared.Return(_weights);
    }

    private static double Triangle(double x) => Math.Max(1.0 - Math.Abs(x), 0.0);
}
