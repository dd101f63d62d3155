namespace Convoy.Tests.Backends;

/// <summary>The native device with all pooling in steps of its own.</summary>
internal static class UnpooledNative
{
    public static Device Device { get; } = new(
        "native, pooling apart", "for tests", 1, null, options => new Backend(Convoy.Runtime.Device.Native.CreateBackend(options)));

    /// <summary>Leaves out <see cref="IBackend.TakesPool"/>, and chains.</summary>
    private sealed class Backend(IBackend inner) : IBackend
    {
        public string Name => inner.Name;

        public int Threads => inner.Threads;

        public int ElementBytes => inner.ElementBytes;

        public int BatchesInFlight => inner.BatchesInFlight;

        public Layout PreferredLayout => inner.PreferredLayout;

        public int CountImagesTogether(ReadOnlySpan<FusedStep> steps, int batch) => inner.CountImagesTogether(steps, batch);

        public IStep Prepare(FusedStep step, StepWeights weights, int batch) => inner.Prepare(step, weights, batch);

        public IStep PrepareTransform(Shape shape, Layout from, Layout to, int batch) => inner.PrepareTransform(shape, from, to, batch);

        public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int batch) =>
            inner.PrepareEntry(shape, to, normalization, batch);

        public IBatchExit PrepareExit(Shape shape, Layout from, int batch) => inner.PrepareExit(shape, from, batch);

        public IArena CreateArena(long bytes, long scratchBytes) => inner.CreateArena(bytes, scratchBytes);

        public void Dispose() => inner.Dispose();
    }
}
