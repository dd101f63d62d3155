namespace Convoy.Backends;

/// <summary>
/// Steps that a backend computes as one, planned but without weights: a convolution with the pooling or the addition behind it,
/// a small network whole, most often a single step. All of its sizes are known, so that memory is planned before anything is packed.
/// </summary>
internal interface IRegion
{
    /// <summary>The steps in the graph's order; each but the first reads what the one before it wrote, and nobody else does.</summary>
    ImmutableArray<FusedStep> Steps { get; }

    /// <summary>
    /// Images that pass the region at a time. Neighbouring regions of one micro-batch take turns on it, so that their feature
    /// maps stay in a cache; the whole batch where nothing is gained.
    /// </summary>
    int MicroBatch { get; }

    /// <summary>The values of the graph that it reads.</summary>
    ImmutableArray<int> Inputs => Steps[0].Inputs;

    /// <summary>The value of the graph that it writes, or writes a part of: a concatenation's, whose inputs may be put in their place at once.</summary>
    int Output => Steps[^1].Output;

    /// <summary>
    /// The largest relative L2 error of the first step's output before its activation, as the algorithm that was chosen for it
    /// promises; null where there is no choice.
    /// </summary>
    double? ErrorBound => null;

    /// <summary>Packs the weights, which may be let go afterwards.</summary>
    /// <param name="weights">Those of each step.</param>
    /// <exception cref="BackendException">The device has no room for them, or refuses the kernels.</exception>
    IPreparedRegion Prepare(ReadOnlySpan<StepWeights> weights);
}

/// <summary>
/// A region ready to run: it says what it is and needs, and then does arithmetic, nothing else. The order of its additions
/// depends on the layers and the algorithm alone, so that an image's result never depends on its neighbours.
/// </summary>
internal interface IPreparedRegion : IDisposable
{
    /// <summary>How it computes: "direct (avx2)".</summary>
    string Algorithm { get; }

    /// <summary>Why it computes so, where there are several ways: "of direct 1.00, winograd-8 0.38: by cost".</summary>
    string? Choice => null;

    /// <summary>Bytes of packed weights the region owns.</summary>
    long PackedBytes { get; }

    /// <summary>Bytes of scratch each thread needs while the region runs.</summary>
    /// <param name="images">Images at a time: as many as it was planned for, or fewer where the device has no room for those.</param>
    long GetScratchBytes(int images);

    /// <summary>Bytes of the arena that the region's threads share while it runs, aligned as values are; nobody keeps them.</summary>
    /// <param name="images">Images at a time: as many as it was planned for, or fewer where the device has no room for those.</param>
    long GetWorkspaceBytes(int images) => 0;

    /// <summary>The layout it reads.</summary>
    Layout InputLayout { get; }

    /// <summary>The layout it writes.</summary>
    Layout OutputLayout { get; }

    /// <summary>Whether it reads <see cref="RegionContext.Source"/> instead of its input in the arena, where there is one.</summary>
    bool ReadsSource => false;

    /// <summary>Independent pieces of work in as many images as it was planned for.</summary>
    long WorkItems { get; }

    /// <summary>
    /// Computes the region over the first images of the arena. When asked to stop it returns early, its output unfinished;
    /// nothing reports that it did, since the caller asked.
    /// </summary>
    void Run(in RegionContext context);
}
