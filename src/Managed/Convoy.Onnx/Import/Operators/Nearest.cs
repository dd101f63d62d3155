namespace Convoy.Onnx.Import.Operators;

/// <summary>Where ONNX's Resize takes a pixel from, for the question whether it only repeats them.</summary>
internal static class Nearest
{
    /// <summary>Whether each pixel of an axis that is enlarged by a whole factor is taken from where its number divided by the factor says.</summary>
    public static bool IsRepetition(int factor, int extent, string coordinates, string rounding)
    {
        if ((long)factor * extent > SlidingWindow.MaxExtent)
        {
            return false;
        }

        int length = factor * extent;
        for (int i = 0; i < length; i++)
        {
            double place = coordinates switch
            {
                "asymmetric" => (double)i / factor,
                "half_pixel" or "half_pixel_symmetric" => ((i + 0.5) / factor) - 0.5,
                "pytorch_half_pixel" => length > 1 ? ((i + 0.5) / factor) - 0.5 : 0,
                "tf_half_pixel_for_nn" => (i + 0.5) / factor,
                "align_corners" => length > 1 ? i * (extent - 1.0) / (length - 1) : 0,
                _ => throw new UnsupportedException($"its coordinate_transformation_mode is {WeightException.Quote(coordinates)}"),
            };
            double nearest = rounding switch
            {
                "floor" => Math.Floor(place),
                "ceil" => Math.Ceiling(place),
                "round_prefer_floor" => Math.Ceiling(place - 0.5),
                "round_prefer_ceil" => Math.Floor(place + 0.5),
                _ => throw new UnsupportedException($"its nearest_mode is {WeightException.Quote(rounding)}"),
            };
            if (Math.Clamp(nearest, 0, extent - 1) != i / factor)
            {
                return false;
            }
        }

        return true;
    }
}
