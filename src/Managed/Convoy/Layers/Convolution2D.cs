namespace Convoy.Layers;

/// <summary>
/// Two-dimensional convolution (cross-correlation, as everywhere in the field). Input [C, H, W]; weight
/// [filters, C / groups, kernel height, kernel width]; bias [filters]; output [filters, H', W'].
/// </summary>
public sealed record Convolution2D(
    int Filters,
    Extent2D Kernel,
    Extent2D Stride,
    Padding Padding,
    Extent2D Dilation,
    int Groups = 1,
    bool HasBias = true) : Layer
{
    /// <inheritdoc/>
    public override string Op => "conv";

    /// <summary>The window's geometry.</summary>
    public SlidingWindow Window => new(Kernel, Stride, Padding, Dilation);

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireImage(inputs[0]);
        if (Filters < 1 || Groups < 1)
        {
            throw new LayerException($"a convolution of {Filters} filters in {Groups} groups is impossible: both must be at least 1");
        }

        if (input.Channels % Groups != 0 || Filters % Groups != 0)
        {
            throw new LayerException(
                $"{Groups} groups must divide both the {input.Channels} channels of the input {input} and the {Filters} filters");
        }

        Extent2D output = Window.InferOutput(input);
        return Shape.Image(Filters, output.Height, output.Width);
    }

    /// <inheritdoc/>
    public override ImmutableArray<LayerParameter> GetParameters(ReadOnlySpan<Shape> inputs)
    {
        LayerParameter weight = new("weight", new Shape(Filters, inputs[0].Channels / Groups, Kernel.Height, Kernel.Width));
        return HasBias ? [weight, new LayerParameter("bias", Shape.Vector(Filters))] : [weight];
    }

    /// <inheritdoc/>
    public override long CountMultiplyAdds(ReadOnlySpan<Shape> inputs, Shape output) =>
        checked(output.Count * (inputs[0].Channels / Groups) * Kernel.Height * Kernel.Width);
}
