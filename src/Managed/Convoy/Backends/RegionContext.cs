namespace Convoy.Backends;

/// <summary>Where one run of a region finds its data, and whom it obeys.</summary>
internal readonly ref struct RegionContext
{
    /// <summary>The arena, made by the region's own backend.</summary>
    public required IArena Arena { get; init; }

    /// <summary>Byte offsets of the inputs in the arena.</summary>
    public ReadOnlySpan<long> Inputs { get; init; }

    /// <summary>The region's input where the caller of the run has it; empty where it is in the arena.</summary>
    public ReadOnlySpan<float> Source { get; init; }

    /// <summary>Byte offset of the output in the arena.</summary>
    public long Output { get; init; }

    /// <summary>Byte offset of the region's workspace in the arena, where it asked for one.</summary>
    public long Workspace { get; init; }

    /// <summary>How many images pass at a time.</summary>
    public required int Images { get; init; }

    /// <summary>Which of the batch's images is the first of these.</summary>
    public int FirstImage { get; init; }

    /// <summary>The region's index in the order they run; -1 for the way in and the way out.</summary>
    public int Region { get; init; }

    /// <summary>Which of the batches in flight this is: 0 to <see cref="IBackend.BatchesInFlight"/> - 1.</summary>
    public int Slot { get; init; }

    /// <summary>
    /// True where the caller's memory, images and scores, stays where it is until the batch is complete, or the arena is
    /// synchronised after a failure: a device that shares the host's memory may then work in it.
    /// </summary>
    public bool IsPinned { get; init; }

    /// <summary>Where the scores will go; empty where that is said only when the batch is completed.</summary>
    public Span<float> Scores { get; init; }

    /// <summary>Asked between work items.</summary>
    public StopSignal Stop { get; init; }

    /// <summary>Is given how long the phases took; null when nobody listens.</summary>
    public IPhaseListener? Listener { get; init; }
}

/// <summary>A request to stop, from the caller of a run or from whoever disposes of the session.</summary>
internal readonly struct StopSignal(CancellationToken caller, CancellationToken owner)
{
    /// <summary>True once either has asked.</summary>
    public bool IsRequested => caller.IsCancellationRequested || owner.IsCancellationRequested;
}
