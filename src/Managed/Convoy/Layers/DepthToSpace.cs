namespace Convoy.Layers;

/// <summary>
/// Makes a square of pixels out of the channels of one, as sub-pixel convolution does behind its last layer (Shi et al.,
/// "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural network", 2016,
/// section 3.2). Input [C b b, H, W]; output [C, H b, W b].
/// </summary>
/// <param name="Block">The square's side, b.</param>
/// <param name="ChannelMajor">
/// Whether the b b numbers of an output channel are neighbours in the input, as in PyTorch's PixelShuffle (ONNX's CRD), and not
/// the C channels of a place in the square (DCR).
/// </param>
public sealed record DepthToSpace(int Block, bool ChannelMajor = false) : Layer
{
    /// <inheritdoc/>
    public override string Op => "depthtospace";

    /// <summary>Input channels from one place of the square to the next, for so many output channels.</summary>
    internal int PlaceStride(int channels) => ChannelMajor ? 1 : channels;

    /// <summary>Input channels from one output channel to the next.</summary>
    internal int ChannelStride => ChannelMajor ? Block * Block : 1;

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireImage(inputs[0]);
        if (Block is < 1 or > 1024 || input.Channels % (Block * Block) != 0)
        {
            throw new LayerException($"blocks of {Block} are impossible: the side must be from 1 to 1,024, and its square divide the input's {input.Channels} channels");
        }

        if ((long)Math.Max(input.Height, input.Width) * Block > SlidingWindow.MaxExtent)
        {
            throw new LayerException($"blocks of {Block} make the input {input} larger than {SlidingWindow.MaxExtent:N0} pixels a side");
        }

        return Shape.Image(input.Channels / (Block * Block), input.Height * Block, input.Width * Block);
    }
}
