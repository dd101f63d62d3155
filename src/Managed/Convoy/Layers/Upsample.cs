namespace Convoy.Layers;

/// <summary>
/// Repeats each pixel (nearest neighbour by whole factors): y[c, i, j] = x[c, i / f, j / g]. Input [C, H, W]; output
/// [C, H f, W g].
/// </summary>
/// <param name="Factor">How often along height and width, f and g.</param>
public sealed record Upsample(Extent2D Factor) : Layer
{
    /// <inheritdoc/>
    public override string Op => "upsample";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireImage(inputs[0]);
        if (Factor.Height < 1 || Factor.Width < 1)
        {
            throw new LayerException($"a factor of {Factor} is impossible: both must be at least 1");
        }

        (long height, long width) = ((long)input.Height * Factor.Height, (long)input.Width * Factor.Width);
        return Math.Max(height, width) <= SlidingWindow.MaxExtent
            ? Shape.Image(input.Channels, (int)height, (int)width)
            : throw new LayerException($"a factor of {Factor} makes the input {input} larger than {SlidingWindow.MaxExtent:N0} pixels a side");
    }
}
