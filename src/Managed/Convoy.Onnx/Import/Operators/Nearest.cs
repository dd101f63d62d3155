namespace Convoy.Onnx.Import.Operators;

/// <summary>Where ONNX's Resize takes a pixel from, for the question whether it only repeats them.</summary>
internal sealed class Nearest
{
    private static readonly Dictionary<string, PlaceOf> Places = new(StringComparer.Ordinal)
    {
        ["asymmetric"] = (i, factor, _) => (double)i / factor,
        ["half_pixel"] = (i, factor, _) => ((i + 0.5) / factor) - 0.5,
        ["half_pixel_symmetric"] = (i, factor, _) => ((i + 0.5) / factor) - 0.5,
        ["pytorch_half_pixel"] = (i, factor, extent) => (long)factor * extent > 1 ? ((i + 0.5) / factor) - 0.5 : 0,
        ["tf_half_pixel_for_nn"] = (i, factor, _) => (i + 0.5) / factor,
        ["align_corners"] = (i, factor, extent) => (long)factor * extent > 1 ? i * (extent - 1.0) / (((double)factor * extent) - 1) : 0,
    };

    private static readonly Dictionary<string, Func<double, double>> Roundings = new(StringComparer.Ordinal)
    {
        ["floor"] = Math.Floor,
        ["ceil"] = Math.Ceiling,
        ["round_prefer_floor"] = place => Math.Ceiling(place - 0.5),
        ["round_prefer_ceil"] = place => Math.Floor(place + 0.5),
    };

    private readonly PlaceOf _place;
    private readonly Func<double, double> _round;

    /// <summary>The nearest pixel as a node's attributes have it.</summary>
    /// <exception cref="UnsupportedException">One of them is a word that is not known.</exception>
    public Nearest(string coordinates, string rounding)
    {
        _place = Places.GetValueOrDefault(coordinates)
            ?? throw new UnsupportedException($"its coordinate_transformation_mode is {WeightException.Quote(coordinates)}");
        _round = Roundings.GetValueOrDefault(rounding)
            ?? throw new UnsupportedException($"its nearest_mode is {WeightException.Quote(rounding)}");
    }

    /// <summary>The place in an axis of a pixel of it enlarged by a whole factor.</summary>
    private delegate double PlaceOf(int pixel, int factor, int extent);

    /// <summary>Whether each pixel of an axis that is enlarged by a whole factor is taken from where its number divided by the factor says.</summary>
    public bool IsRepetition(int factor, int extent)
    {
        if ((long)factor * extent > SlidingWindow.MaxExtent)
        {
            return false;
        }

        for (int i = 0; i < factor * extent; i++)
        {
            if (Math.Clamp(_round(_place(i, factor, extent)), 0, extent - 1) != i / factor)
            {
                return false;
            }
        }

        return true;
    }
}
