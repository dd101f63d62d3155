namespace Convoy.Graph;

/// <summary>
/// Folds a batch normalisation into the weights before it (Ioffe and Szegedy 2015, section 3.1: at inference it is a fixed
/// linear transform): w' = w * g and b' = (b - mean) * g + bias, with g = weight / sqrt(variance + epsilon) for each
/// output channel. Computed in double precision.
/// </summary>
internal static class BatchNormFolding
{
    /// <summary>Folds in place. Every span but <paramref name="weight"/> has one element for each output channel.</summary>
    /// <param name="weight">[channels, ...], scaled in place.</param>
    /// <param name="bias">[channels], replaced in place.</param>
    /// <param name="gamma">The normalisation's weight.</param>
    /// <param name="beta">The normalisation's bias.</param>
    /// <param name="mean">The running mean.</param>
    /// <param name="variance">The running variance.</param>
    /// <param name="epsilon">What keeps the root from zero.</param>
    /// <exception cref="ArgumentException">The lengths do not fit one another.</exception>
    public static void Fold(
        Span<float> weight,
        Span<float> bias,
        ReadOnlySpan<float> gamma,
        ReadOnlySpan<float> beta,
        ReadOnlySpan<float> mean,
        ReadOnlySpan<float> variance,
        float epsilon)
    {
        int channels = bias.Length;
        if (channels == 0 || gamma.Length != channels || beta.Length != channels || mean.Length != channels
            || variance.Length != channels || weight.Length % channels != 0)
        {
            throw new ArgumentException("A folded normalisation needs one value of each kind for each output channel.", nameof(gamma));
        }

        int perChannel = weight.Length / channels;
        for (int c = 0; c < channels; c++)
        {
            double gain = gamma[c] / Math.Sqrt((double)variance[c] + epsilon);
            bias[c] = (float)(((bias[c] - (double)mean[c]) * gain) + beta[c]);
            foreach (ref float element in weight.Slice(c * perChannel, perChannel))
            {
                element = (float)(element * gain);
            }
        }
    }
}
