namespace Convoy.Layers;

/// <summary>
/// Rows and columns of a constant around every channel. Input [C, H, W]; output [C, top + H + bottom, left + W + right].
/// </summary>
/// <param name="Padding">How many rows and columns, in numbers: without a window, SAME means nothing.</param>
/// <param name="Value">The constant.</param>
public sealed record Pad2D(Padding Padding, float Value = 0) : Layer
{
    /// <inheritdoc/>
    public override string Op => "pad";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireImage(inputs[0]);
        if (Padding.Mode != PaddingMode.Explicit)
        {
            throw new LayerException($"a padding of '{Padding}' needs a window, and this layer has none; give the four numbers");
        }

        foreach (int side in (ReadOnlySpan<int>)[Padding.Top, Padding.Left, Padding.Bottom, Padding.Right])
        {
            if (side is < 0 or > SlidingWindow.MaxExtent)
            {
                throw new LayerException($"a padding of {Padding} is impossible: each side must be from 0 to {SlidingWindow.MaxExtent:N0}");
            }
        }

        return Shape.Image(
            input.Channels, Padding.Top + input.Height + Padding.Bottom, Padding.Left + input.Width + Padding.Right);
    }
}
