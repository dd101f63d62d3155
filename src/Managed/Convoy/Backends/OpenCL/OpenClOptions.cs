namespace Convoy.Backends.OpenCL;

/// <summary>What sessions, and tests, ask of how an OpenCL device computes.</summary>
internal sealed record OpenClOptions
{
    /// <summary>The defaults.</summary>
    public static OpenClOptions Default { get; } = new();

    /// <summary>What is asked of convolutions.</summary>
    public ConvolutionAlgorithm Convolutions { get; init; }

    /// <summary>The only algorithm for them, by its name, where kernels are looked at by themselves; null for all.</summary>
    public string? Only { get; init; }

    /// <summary>Whether small layers may be computed as one kernel.</summary>
    public bool AllowsChains { get; init; } = true;
}
