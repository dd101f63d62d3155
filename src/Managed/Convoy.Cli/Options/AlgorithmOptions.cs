using Convoy.Backends;

namespace Convoy.Cli.Options;

/// <summary>
/// How a network is computed, where a device leaves the choice: how weights are stored on the native one, and how convolutions
/// are computed on that and on OpenCL's.
/// </summary>
internal static class AlgorithmOptions
{
    private const string PrecisionDescription =
        "How the weights of fully connected layers are stored: 16 bits halve what a small batch reads; fp32 may be exponent-coded in 28 bits for a batch of one, without loss (native only).";

    /// <summary>A precision.</summary>
    public static Option<WeightPrecision> Precision() => OptionFactory.Choice("--precision", PrecisionDescription, PrecisionNames.All);

    /// <summary>Several precisions, with commas in between.</summary>
    public static Option<WeightPrecision[]> PrecisionList() => OptionFactory.Choices("--precision", PrecisionDescription, PrecisionNames.All);

    /// <summary>An algorithm for convolutions.</summary>
    public static Option<ConvolutionAlgorithm> Convolution() => OptionFactory.Choice(
        "--convolution",
        "How convolutions are computed, where a layer allows it; auto takes what is fastest for each.",
        ("auto", ConvolutionAlgorithm.Auto),
        ("direct", ConvolutionAlgorithm.Direct),
        ("winograd", ConvolutionAlgorithm.Winograd),
        ("winograd4", ConvolutionAlgorithm.Winograd4),
        ("winograd6", ConvolutionAlgorithm.Winograd6),
        ("winograd8", ConvolutionAlgorithm.Winograd8));

    /// <summary>Refuses what the device does not do, before anything is loaded for it.</summary>
    /// <exception cref="UsageException">The device takes no such options.</exception>
    public static void ThrowIfRefused(Device device, SessionOptions options)
    {
        if (device.FindRefusal(options) is { } refusal)
        {
            throw new UsageException(refusal);
        }
    }
}
