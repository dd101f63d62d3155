using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>Measures where a session's time goes.</summary>
internal static class ProfileRun
{
    // More is no noise, but in layers that take next to no time.
    private const double MostPercentOfPeak = 103;
    private const double LeastPercentOfTime = 1;

    /// <summary>
    /// Measures full batches of synthetic images, with the device's peaks where it has any measured, and how batches overlap
    /// where they do. An interruption leaves the batches measured by then.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="runs">Batches measured.</param>
    /// <param name="countsEvents">Whether to count the processor's events too.</param>
    /// <param name="problem">Why there are no peaks, in a sentence; null where there are, or nobody would expect any.</param>
    /// <param name="cancellationToken">Stops early.</param>
    public static NetworkProfile Measure(
        InferenceSession session, int runs, bool countsEvents, out string? problem, CancellationToken cancellationToken)
    {
        DevicePeaks? peaks = DevicePeaks.Of(session.Device, session.Threads, refresh: false, out problem);
        using PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        var cores = new CoreUse();
        cores.Begin();
        NetworkProfile profile = session.Profile(images.Span, runs, peaks, countsEvents, cancellationToken);
        cores.End();
        if (IsBeyondPeak(profile))
        {
            // The peak was measured in a moment that was not the machine's best.
            peaks = DevicePeaks.Of(session.Device, session.Threads, refresh: true, out problem);
            profile = session.Profile(images.Span, runs, peaks, countsEvents, cancellationToken);
        }

        if (IsBeyondPeak(profile))
        {
            problem = "The device's peak was measured below what its layers do, so that shares of it mean nothing: run convoy devices --refresh when the machine has less to do.";
            profile = session.Profile(images.Span, runs, null, countsEvents, cancellationToken);
        }

        return profile with
        {
            OtherProcessesPercent = cores.OthersPercent,
            Stream = session.BatchesInFlight > 1 && profile.Batches == runs ? session.ProfileStream(images.Span, cancellationToken) : null,
        };
    }

    private static bool IsBeyondPeak(NetworkProfile profile) =>
        profile.Layers.Any(layer => layer.Percent >= LeastPercentOfTime && layer.PercentOfPeak > MostPercentOfPeak);
}
