using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>Measures where a session's time goes.</summary>
internal static class ProfileRun
{
    /// <summary>
    /// Measures full batches of synthetic images, with the device's peaks where it has any measured, and how batches overlap
    /// where they do. An interruption leaves the batches measured by then.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="runs">Batches measured.</param>
    /// <param name="countsEvents">Whether to count the processor's events too.</param>
    /// <param name="cancellationToken">Stops early.</param>
    public static NetworkProfile Measure(InferenceSession session, int runs, bool countsEvents, CancellationToken cancellationToken)
    {
        DevicePeaks? peaks = session.Device == Device.Native ? DevicePeaks.Measure(session.Threads) : null;
        using PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        NetworkProfile profile = session.Profile(images.Span, runs, peaks, countsEvents, cancellationToken);
        return profile with
        {
            Stream = session.BatchesInFlight > 1 && profile.Batches == runs ? session.ProfileStream(images.Span, cancellationToken) : null,
        };
    }
}
