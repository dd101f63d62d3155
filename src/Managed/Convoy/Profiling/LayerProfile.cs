using System.Text.Json.Serialization;

namespace Convoy.Profiling;

/// <summary>Where a batch's time went in one step, the way in ("input"), or the way out ("output").</summary>
public sealed record LayerProfile : WorkProfile
{
    /// <summary>The layers that the step computes as one.</summary>
    public required ImmutableArray<string> Layers { get; init; }

    /// <summary>The operation: "conv+relu"; "chain" for several layers computed as one.</summary>
    public required string Op { get; init; }

    /// <summary>How it is computed: "winograd-8 (avx512)".</summary>
    public required string Algorithm { get; init; }

    /// <summary>Why the algorithm was chosen, where there are several; null elsewhere.</summary>
    public string? Choice { get; init; }

    /// <summary>One image of its first input, as channels, height, width; empty where it has none.</summary>
    public ImmutableArray<int> InputShape { get; init; } = [];

    /// <summary>One image of its output, as channels, height, width.</summary>
    public required ImmutableArray<int> OutputShape { get; init; }

    /// <summary>Floating-point operations of the layers by definition, a convolution's as a direct one's, in 10^9.</summary>
    [JsonPropertyName("gflop")]
    public double GigaFlops { get; init; }

    /// <summary>10^9 operations by definition a second: the effective speed, above the peak where an algorithm executes fewer.</summary>
    [JsonPropertyName("gflops_per_second")]
    public double GigaFlopsPerSecond => PerSecond(GigaFlops);

    /// <summary>Of a chain, its layers with their shares by arithmetic, since they have no times of their own; empty elsewhere.</summary>
    public ImmutableArray<LayerShare> Shares { get; init; } = [];

    /// <summary>Its kernels, phases and transfers, in the order they first ran.</summary>
    public ImmutableArray<PhaseProfile> Phases { get; init; } = [];
}

/// <summary>A layer of a chain, and its share of the chain's arithmetic in percent.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Percent">Its share.</param>
public sealed record LayerShare(string Layer, double Percent);

/// <summary>What one kernel, phase or transfer of a step took.</summary>
public sealed record PhaseProfile : WorkProfile
{
    /// <summary>How often it ran for one batch: once for each micro-batch.</summary>
    public required int Launches { get; init; }
}
