namespace Convoy.Tensors;

/// <summary>
/// How bytes become a network's input: y[c] = x[c] * <see cref="Scale"/>[c] + <see cref="Shift"/>[c], for each channel c
/// in the order the bytes have.
/// </summary>
public sealed record PixelNormalization
{
    /// <summary>Creates a normalisation with a factor and an offset for each channel.</summary>
    /// <exception cref="ArgumentException">The two have different lengths, or none.</exception>
    public PixelNormalization(ImmutableArray<float> scale, ImmutableArray<float> shift)
    {
        if (scale.IsDefaultOrEmpty || shift.IsDefault || scale.Length != shift.Length)
        {
            throw new ArgumentException("A normalisation needs one scale and one shift for each channel.", nameof(shift));
        }

        Scale = scale;
        Shift = shift;
    }

    /// <summary>The factor of each channel.</summary>
    public ImmutableArray<float> Scale { get; }

    /// <summary>The offset of each channel, added after scaling.</summary>
    public ImmutableArray<float> Shift { get; }

    /// <summary>(x / 255 - mean) / deviation, as torchvision normalises.</summary>
    public static PixelNormalization FromMeanAndDeviation(ReadOnlySpan<float> mean, ReadOnlySpan<float> deviation)
    {
        if (mean.Length != deviation.Length)
        {
            throw new ArgumentException("A normalisation needs one mean and one deviation for each channel.", nameof(deviation));
        }

        float[] scale = new float[mean.Length];
        float[] shift = new float[mean.Length];
        for (int c = 0; c < mean.Length; c++)
        {
            scale[c] = 1f / (255f * deviation[c]);
            shift[c] = -mean[c] / deviation[c];
        }

        return new PixelNormalization([.. scale], [.. shift]);
    }
}
