namespace Convoy.Layers;

/// <summary>
/// A fully connected layer. Input: anything, flattened in channel, height, width order; weight [features, input count];
/// bias [features]; output [features].
/// </summary>
public sealed record FullyConnected(int Features, bool HasBias = true) : Layer
{
    /// <inheritdoc/>
    public override string Op => "fc";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        if (Features is < 1 or > SlidingWindow.MaxExtent)
        {
            throw new LayerException($"a fully connected layer of {Features} features is impossible: it must be from 1 to {SlidingWindow.MaxExtent:N0}");
        }

        return inputs[0].Count <= int.MaxValue
            ? Shape.Vector(Features)
            : throw new LayerException($"an input of {inputs[0]} is too large to connect fully: {inputs[0].Count:N0} elements");
    }

    /// <inheritdoc/>
    public override ImmutableArray<LayerParameter> GetParameters(ReadOnlySpan<Shape> inputs)
    {
        LayerParameter weight = new("weight", new Shape(Features, (int)inputs[0].Count));
        return HasBias ? [weight, new LayerParameter("bias", Shape.Vector(Features))] : [weight];
    }

    /// <inheritdoc/>
    public override long CountMultiplyAdds(ReadOnlySpan<Shape> inputs, Shape output) => inputs[0].Count * Features;
}
