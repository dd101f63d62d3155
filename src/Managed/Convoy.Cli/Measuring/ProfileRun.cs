using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>Where a session's time is measured to go.</summary>
/// <param name="Network">The times of a batch alone, layer by layer.</param>
/// <param name="Stream">How batches overlap that follow each other; null where they do not.</param>
internal sealed record ProfileRun(NetworkProfile Network, StreamProfile? Stream)
{
    /// <summary>
    /// Measures full batches of synthetic images, with the machine's peaks where the session uses its cores, and how batches
    /// overlap where they do.
    /// </summary>
    public static ProfileRun Measure(InferenceSession session, int runs, CancellationToken cancellationToken)
    {
        DevicePeaks? peaks = session.Device == Device.Native ? DevicePeaks.Measure(session.Threads) : null;
        using PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        NetworkProfile profile = session.Profile(images.Span, runs, peaks, cancellationToken);
        return new ProfileRun(
            profile, session.BatchesInFlight > 1 ? session.ProfileStream(images.Span, cancellationToken) : null);
    }
}
