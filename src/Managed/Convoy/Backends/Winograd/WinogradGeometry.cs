using Convoy.Layers;

namespace Convoy.Backends.Winograd;

/// <summary>
/// A convolution as Winograd's algorithm computes it, on every backend (the C library divides alike, and a test compares): its stride folded into channels, its output cut into tiles, a GEMM for
/// each point. Counts are of one image.
/// </summary>
/// <param name="Pairs">Pairs of points an axis, infinity apart.</param>
/// <param name="Stride">Pixels an axis that become one; 1: nothing is folded.</param>
/// <param name="Groups">Groups of channels.</param>
/// <param name="Channels">Input channels of all groups, after folding.</param>
/// <param name="Filters">Output channels of all groups.</param>
/// <param name="Rows">The tiles along the rows.</param>
/// <param name="Columns">The tiles along the columns.</param>
internal sealed record WinogradGeometry(
    int Pairs, int Stride, int Groups, int Channels, int Filters, WinogradAxis Rows, WinogradAxis Columns)
{
    private const int MaxStride = 8;
    private const int FewestTaps = 2;

    /// <summary>Points an axis, infinity apart.</summary>
    public int Points => 2 * Pairs;

    /// <summary>Tiles of an image.</summary>
    public int Tiles => Rows.Tiles * Columns.Tiles;

    /// <summary>Planes: one for each point of a large tile, if there are such.</summary>
    public int Planes => Rows.PointsOf(Pairs) * Columns.PointsOf(Pairs);

    /// <summary>True where a stride is folded into channels.</summary>
    public bool IsFolded => Stride > 1;

    /// <summary>The folded image, zeros at its edges included: what all tiles read.</summary>
    public Shape Folded => Shape.Image(Channels, Rows.Room + Rows.Taps - 1, Columns.Room + Columns.Taps - 1);

    /// <summary>Bytes of an image's transformed input and GEMM outputs at all points.</summary>
    public long ImageBytes => (long)Planes * Tiles * (Channels + Filters) * sizeof(float);

    /// <summary>Bytes of an image's transformed input at all points.</summary>
    public long ValueBytes => (long)Planes * Tiles * Channels * sizeof(float);

    /// <summary>Bytes of the transformed filters at all points.</summary>
    public long WeightBytes => (long)Planes * Filters * (Channels / Groups) * sizeof(float);

    /// <summary>Points of all tiles of an image: the multiplications of a channel with a filter's.</summary>
    public double PointsOfTiles => (double)Rows.PointsOfTiles(Pairs) * Columns.PointsOfTiles(Pairs);

    /// <summary>The geometry of a layer; null where Winograd's algorithm does not apply, or not with so many points.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="input">One image of its input.</param>
    /// <param name="pairs">Pairs of points.</param>
    public static WinogradGeometry? Find(Convolution2D layer, Shape input, int pairs)
    {
        int stride = layer.Stride.Height;
        int tapsHeight = (layer.Kernel.Height + stride - 1) / stride;
        int tapsWidth = (layer.Kernel.Width + stride - 1) / stride;
        if (!Applies(layer) || !Suits(tapsHeight, stride, pairs) || !Suits(tapsWidth, stride, pairs))
        {
            return null;
        }

        Shape output = layer.InferShape([input]);
        return new WinogradGeometry(
            pairs,
            stride,
            layer.Groups,
            input.Channels * stride * stride,
            layer.Filters,
            WinogradAxis.Divide(output.Height, tapsHeight, pairs),
            WinogradAxis.Divide(output.Width, tapsWidth, pairs));
    }

    private static bool Applies(Convolution2D layer)
    {
        int stride = layer.Stride.Height;
        return layer.Stride.Width == stride && layer.Dilation == 1 && layer.Kernel.Height >= stride && layer.Kernel.Width >= stride
            && (stride == 1 || (layer.Groups == 1 && stride <= MaxStride));
    }

    // A tile has two outputs or more. Rounding errors grow with the points' powers, and count the more, the more of a folded
    // filter's taps are filled up with zeros.
    private static bool Suits(int taps, int stride, int pairs) =>
        taps >= FewestTaps && taps < 2 * pairs && (stride == 1 || taps >= pairs - 1);
}
