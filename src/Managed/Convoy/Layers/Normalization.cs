namespace Convoy.Layers;

/// <summary>
/// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3; alpha divided by the size, as Caffe,
/// PyTorch and ONNX have it): y[c] = x[c] / (K + Alpha / Size * sum of x[j]^2 over the Size channels around c)^Beta.
/// </summary>
public sealed record LocalResponseNormalization(int Size, float Alpha = 1e-4f, float Beta = 0.75f, float K = 1f) : Layer
{
    /// <inheritdoc/>
    public override string Op => "lrn";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = RequireImage(inputs[0]);
        if (Size is < 1 or > SlidingWindow.MaxExtent)
        {
            throw new LayerException($"a normalisation over {Size} channels is impossible: it must be from 1 to {SlidingWindow.MaxExtent:N0}");
        }

        return float.IsFinite(Alpha) && float.IsFinite(Beta) && float.IsFinite(K)
            ? input
            : throw new LayerException($"alpha {Alpha}, beta {Beta} and k {K} must be finite");
    }
}

/// <summary>
/// Batch normalisation at inference (Ioffe and Szegedy 2015, algorithm 2): y = (x - mean) / sqrt(variance + epsilon) *
/// weight + bias, channel by channel. It never runs by itself: it is folded into the layer before it.
/// </summary>
public sealed record BatchNormalization(float Epsilon = 1e-5f) : Layer
{
    /// <inheritdoc/>
    public override string Op => "batchnorm";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs) => Epsilon >= 0 && float.IsFinite(Epsilon)
        ? inputs[0]
        : throw new LayerException($"epsilon is {Epsilon}, but must be finite and not negative");

    /// <inheritdoc/>
    public override ImmutableArray<LayerParameter> GetParameters(ReadOnlySpan<Shape> inputs)
    {
        Shape channels = Shape.Vector(inputs[0].Channels);
        return [new("weight", channels), new("bias", channels), new("running_mean", channels), new("running_var", channels)];
    }
}
