namespace Convoy.Backends.Reference;

/// <summary>
/// The oracle: every layer as its definition reads, in double precision, NCHW, one thread, plain loops. Slow and meant to
/// be; nothing here is shared with the backends it checks.
/// </summary>
internal sealed class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public int Threads => 1;

    /// <inheritdoc/>
    public int BatchesInFlight => 1;

    /// <inheritdoc/>
    public int ElementBytes => sizeof(double);

    /// <inheritdoc/>
    public Layout PreferredLayout => Layout.Nchw;

    /// <inheritdoc/>
    public ImmutableArray<IRegion> Partition(StepGraph graph, int batch) => [.. graph.Steps.Select(step => new ReferenceRegion(step, batch))];

    /// <inheritdoc/>
    public IPreparedRegion PrepareTransform(Shape shape, Layout from, Layout to, int images) =>
        throw new BackendException("The reference backend computes everything in one layout and transforms none.");

    /// <inheritdoc/>
    public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int images) =>
        new ReferenceEntry(shape, normalization);

    /// <inheritdoc/>
    public IBatchExit PrepareExit(Shape shape, Layout from, int images) => new ReferenceExit(shape);

    /// <inheritdoc/>
    public IArena CreateArena(long bytes, long scratchBytes) => new ReferenceArena(bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
