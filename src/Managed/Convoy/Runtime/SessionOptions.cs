using Convoy.Backends;

namespace Convoy.Runtime;

/// <summary>How a network is compiled.</summary>
public sealed record SessionOptions
{
    /// <summary>The largest batch size allowed.</summary>
    public const int MaxBatchSize = 1 << 20;

    /// <summary>The largest number of threads allowed.</summary>
    public const int MaxThreads = 1024;

    /// <summary>Images computed at a time. Larger batches compute faster and take more memory; a run may have any number of images.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Threads that compute, on the native device only; 0 takes as many as the process may use (affinity and quota respected).</summary>
    public int Threads { get; init; }

    /// <summary>The instruction set of the native kernels; the native device alone takes another than <see cref="InstructionSet.Auto"/>.</summary>
    public InstructionSet InstructionSet { get; init; } = InstructionSet.Auto;

    /// <summary>
    /// How convolutions are computed, on any device but the reference. The choice of <see cref="ConvolutionAlgorithm.Auto"/>
    /// depends on the layer, the device and the batch size; where two algorithms come close on the native device, the first
    /// compilation measures them, and the result is kept in the user's cache folder (CONVOY_CACHE moves it, to a folder that is
    /// this user's alone; with "off" nothing is measured).
    /// </summary>
    public ConvolutionAlgorithm ConvolutionAlgorithm { get; init; }

    /// <summary>How the weights of fully connected layers are stored: 16 bits on the native device only.</summary>
    public WeightPrecision WeightPrecision { get; init; }

    /// <summary>How bytes become numbers, for sessions that are given bytes.</summary>
    public PixelNormalization? Normalization { get; init; }

    /// <summary>
    /// Whether the layers of a small network may be computed as one, a few images at a time through all of them.
    /// Without, a profile has a time for each layer, and the network takes longer.
    /// </summary>
    public bool AllowChains { get; init; } = true;

    /// <summary>
    /// Whether an OpenCL device computes without being checked. Otherwise each kernel that the network needs is held against
    /// double precision before a session uses it for the first time with the driver's version: one that is wrong is replaced by
    /// another form of it, or the device refused; the verdicts are kept in the user's cache folder. Other devices need no check.
    /// </summary>
    public bool TrustDevice { get; init; }

    /// <summary>Called while a network is compiled, with none of its regions prepared and with each further one, on the thread that compiles; null for none.</summary>
    public Action<CompileProgress>? Progress { get; init; }

    internal void Validate(int channels)
    {
        if (BatchSize is < 1 or > MaxBatchSize)
        {
            throw new ArgumentException($"The batch size is {BatchSize:N0}, but must be from 1 to {MaxBatchSize:N0}.");
        }

        if (Threads is < 0 or > MaxThreads)
        {
            throw new ArgumentException($"Threads are {Threads:N0}, but must be from 1 to {MaxThreads:N0}, or 0 for all there are.");
        }

        if (!Enum.IsDefined(ConvolutionAlgorithm))
        {
            throw new ArgumentException($"There is no convolution algorithm {(int)ConvolutionAlgorithm}; use one that {nameof(ConvolutionAlgorithm)} names.");
        }

        if (!Enum.IsDefined(WeightPrecision))
        {
            throw new ArgumentException($"There is no weight precision {(int)WeightPrecision}; use one that {nameof(WeightPrecision)} names.");
        }

        if (Normalization is { } normalization && normalization.Scale.Length != channels)
        {
            throw new ArgumentException(
                $"The normalisation has {normalization.Scale.Length} channels, but the network's input has {channels}.");
        }
    }
}
