namespace Convoy.Backends.Native;

/// <summary>What a session leaves to the native backend's planning, or settles.</summary>
/// <param name="Isa">The instruction set of the kernels.</param>
internal readonly record struct NativeOptions(InstructionSet Isa)
{
    /// <summary>How convolutions are computed.</summary>
    public ConvolutionAlgorithm Convolution { get; init; }

    /// <summary>How the weights of fully connected layers are stored.</summary>
    public WeightPrecision Precision { get; init; }

    /// <summary>Threads that share a step's work.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Whether images may come as bytes, channels last.</summary>
    public bool TakesBytes { get; init; }

    /// <summary>Settles what the cost model leaves open; null where the model's word is enough.</summary>
    public TuningCache? Tuning { get; init; }

    /// <summary>Whether the layers of a small network may be computed as one.</summary>
    public bool AllowsChains { get; init; } = true;
}
