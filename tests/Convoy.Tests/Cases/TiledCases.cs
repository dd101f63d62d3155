using CsCheck;

namespace Convoy.Tests.Cases;

/// <summary>Convolutions that Winograd's algorithm can compute: as many rows as columns to a stride, no dilation.</summary>
public static class TiledCases
{
    /// <summary>Random ones of stride 1 to 4; those of stride 1 have groups too.</summary>
    public static Gen<OperatorCase> Random { get; } =
        Gen.Select(
            Gen.Select(Gen.Int[1, 3], Gen.Int[1, 40], Gen.Int[1, 40]),
            Gen.Select(Gen.Int[1, 40], Gen.Int[1, 40]),
            Gen.Select(Gen.Int[2, 6], Gen.Int[2, 6], Gen.Int[1, 4]),
            Gen.Select(Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3], Gen.Int[0, 3]),
            Gen.Select(Gen.Bool, Gen.Int[0, 2].Select(kind => new Activation((ActivationKind)kind)), Gen.Int[1, 6]))
        .Select((channels, size, window, pad, rest) =>
        {
            int groups = window.Item3 == 1 ? channels.Item1 : 1;
            var layer = new Convolution2D(
                groups * channels.Item3,
                new Extent2D(window.Item1, window.Item2),
                window.Item3,
                new Padding(pad.Item1, pad.Item2, pad.Item3, pad.Item4),
                1,
                groups,
                rest.Item1);
            Shape input = Shape.Image(groups * channels.Item2, size.Item1, size.Item2);
            return new OperatorCase($"{layer} over {input}, {rest.Item2}, batch {rest.Item3}", layer, [input], rest.Item2, rest.Item3);
        })
        .Where(IsPossible);

    /// <summary>Whether so many points do for a layer, by the rules of the algorithm and not by the library's word.</summary>
    public static bool Applies(Convolution2D layer, int points)
    {
        int stride = layer.Stride.Height;
        int tapsH = (layer.Kernel.Height + stride - 1) / stride;
        int tapsW = (layer.Kernel.Width + stride - 1) / stride;
        return layer.Stride.Width == stride
            && stride <= 8
            && layer.Dilation == 1
            && (stride == 1 || layer.Groups == 1)
            && layer.Kernel.Height >= stride && layer.Kernel.Width >= stride
            && Math.Min(tapsH, tapsW) >= (stride == 1 ? 2 : Math.Max(2, (points / 2) - 1))
            && Math.Max(tapsH, tapsW) < points;
    }

    private static bool IsPossible(OperatorCase candidate)
    {
        try
        {
            return candidate.Output.Count > 0;
        }
        catch (LayerException)
        {
            return false;
        }
    }
}
