namespace Convoy.Backends;

/// <summary>
/// The way into a network: images in the caller's memory to the arena's first value. Dispose of it when nothing is in flight
/// any more: after the arena, or its <see cref="IArena.Synchronize"/>.
/// </summary>
internal interface IBatchEntry : IDisposable
{
    /// <summary>Bytes of scratch each thread needs meanwhile.</summary>
    long ScratchBytes { get; }

    /// <summary>Brings in numbers in image, channel, row, column order.</summary>
    void Run(ReadOnlySpan<float> images, in RegionContext context);

    /// <summary>Brings in bytes in image, row, column, channel order, normalised on the way.</summary>
    void Run(ReadOnlySpan<byte> images, in RegionContext context);
}

/// <summary>The way out of a network: one of the arena's values to the caller's memory.</summary>
internal interface IBatchExit : IDisposable
{
    /// <summary>Bytes of scratch each thread needs meanwhile.</summary>
    long ScratchBytes { get; }

    /// <summary>Begins to take the scores out, behind the regions; a backend that computes at once leaves it to the other call.</summary>
    void Begin(in RegionContext context);

    /// <summary>Waits for the scores, and copies them out in image, channel, row, column order.</summary>
    void Complete(Span<float> scores, in RegionContext context);
}
