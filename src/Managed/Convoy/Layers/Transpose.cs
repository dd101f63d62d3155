namespace Convoy.Layers;

/// <summary>
/// An image with its axes in another order: axis i of the output, counted in (channels, height, width), is axis (First, Second,
/// Third)[i] of the input. <c>new Transpose(2, 0, 1)</c> makes [C, H, W] of numbers that came as [H, W, C].
/// </summary>
/// <param name="First">The input's axis that becomes the channels.</param>
/// <param name="Second">The input's axis that becomes the height.</param>
/// <param name="Third">The input's axis that becomes the width.</param>
public sealed record Transpose(int First, int Second, int Third) : Layer
{
    /// <inheritdoc/>
    public override string Op => "transpose";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireImage(inputs[0]);
        return First is >= 0 and < 3 && Second is >= 0 and < 3 && Third is >= 0 and < 3 && First != Second && Second != Third && First != Third
            ? Shape.Image(input[First], input[Second], input[Third])
            : throw new LayerException($"the axes {First}, {Second}, {Third} are no order of 0, 1, 2");
    }
}
