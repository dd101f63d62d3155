namespace Convoy.Layers;

/// <summary>
/// Of which channels a window of an even size has one more than of the others. One of an odd size is centred either way, as
/// in every published network. Its number is the same in the C library.
/// </summary>
public enum LrnAlignment
{
    /// <summary>Of those above: channels c - Size / 2 + 1 to c + Size / 2, as ONNX has it.</summary>
    Above = 0,

    /// <summary>Of those below: channels c - Size / 2 to c + Size / 2 - 1, as PyTorch computes it.</summary>
    Below = 1,
}

/// <summary>
/// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3; alpha divided by the size, as Caffe,
/// PyTorch and ONNX have it): y[c] = x[c] / (K + Alpha / Size * sum of x[j]^2 over the Size channels around c)^Beta.
/// </summary>
/// <param name="Size">How many channels a window has; beyond the first and the last there are zeros.</param>
/// <param name="Alpha">What the sum of squares is multiplied by, before it is divided by the size.</param>
/// <param name="Beta">The exponent.</param>
/// <param name="K">What is added to the sum.</param>
/// <param name="Alignment">Where a window of an even size lies: as ONNX has it, or as PyTorch does.</param>
public sealed record LocalResponseNormalization(
    int Size, float Alpha = 1e-4f, float Beta = 0.75f, float K = 1f, LrnAlignment Alignment = LrnAlignment.Above) : Layer
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

        if (!Enum.IsDefined(Alignment))
        {
            throw new LayerException($"there is no alignment {(int)Alignment} of a normalisation");
        }

        return float.IsFinite(Alpha) && float.IsFinite(Beta) && float.IsFinite(K)
            ? input
            : throw new LayerException($"alpha {Alpha}, beta {Beta} and k {K} must be finite");
    }
}

/// <summary>
/// Batch normalisation at inference (Ioffe and Szegedy 2015, algorithm 2): y = (x - mean) / sqrt(variance + epsilon) *
/// weight + bias, channel by channel. Weights without the two were trained with 1 and 0. It never runs by itself: it is folded into the
/// layer before it.
/// </summary>
public sealed record BatchNormalization(float Epsilon = 1e-5f) : Layer
{
    /// <inheritdoc/>
    public override string Op => "batchnorm";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        NormalizationEpsilon.Check(Epsilon);
        return inputs[0];
    }

    /// <inheritdoc/>
    public override ImmutableArray<LayerParameter> GetParameters(ReadOnlySpan<Shape> inputs)
    {
        Shape channels = Shape.Vector(inputs[0].Channels);
        return [new("weight", channels, Default: 1), new("bias", channels, Default: 0), new("running_mean", channels), new("running_var", channels)];
    }
}

/// <summary>
/// Instance normalisation (Ulyanov et al., "Instance normalization: the missing ingredient for fast stylization", 2016): y = (x -
/// mean) / sqrt(variance + epsilon) * weight + bias, with the mean and the (biased) variance of the channel's own pixels in the
/// image.
/// </summary>
public sealed record InstanceNormalization(float Epsilon = 1e-5f) : Layer
{
    /// <inheritdoc/>
    public override string Op => "instancenorm";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        NormalizationEpsilon.Check(Epsilon);
        return RequireImage(inputs[0]);
    }

    /// <inheritdoc/>
    public override ImmutableArray<LayerParameter> GetParameters(ReadOnlySpan<Shape> inputs)
    {
        Shape channels = Shape.Vector(inputs[0].Channels);
        return [new("weight", channels), new("bias", channels)];
    }
}

/// <summary>What is added to a variance, so that its root is not 0.</summary>
internal static class NormalizationEpsilon
{
    /// <summary>Refuses what is no such number.</summary>
    /// <exception cref="LayerException">It is negative or not finite.</exception>
    public static void Check(float epsilon)
    {
        if (!(epsilon >= 0 && float.IsFinite(epsilon)))
        {
            throw new LayerException($"epsilon is {epsilon}, but must be finite and not negative");
        }
    }
}
