namespace Convoy.Layers;

/// <summary>
/// Makes the channels of one pixel out of a square of them: what <see cref="DepthToSpace"/> undoes. Input [C, H, W]; output
/// [C b b, H / b, W / b], whose channel (i b + j) C + c is channel c at place (i, j) of the square, as ONNX has it.
/// </summary>
/// <param name="Block">The square's side, b.</param>
public sealed record SpaceToDepth(int Block) : Layer
{
    /// <inheritdoc/>
    public override string Op => "spacetodepth";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireImage(inputs[0]);
        if (Block is < 1 or > 1024 || input.Height % Block != 0 || input.Width % Block != 0)
        {
            throw new LayerException($"blocks of {Block} are impossible: the side must be from 1 to 1,024, and divide both height and width of the input {input}");
        }

        long channels = (long)input.Channels * Block * Block;
        return channels <= SlidingWindow.MaxExtent
            ? Shape.Image((int)channels, input.Height / Block, input.Width / Block)
            : throw new LayerException($"blocks of {Block} make {channels:N0} channels of the input {input}, more than {SlidingWindow.MaxExtent:N0}");
    }
}
