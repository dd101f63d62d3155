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
    /// <param name="options">How, but for the peaks.</param>
    /// <param name="problem">Why there are no peaks, in a sentence; null where there are, or nobody would expect any.</param>
    /// <param name="cancellationToken">Stops early.</param>
    public static NetworkProfile Measure(InferenceSession session, ProfileOptions options, out string? problem, CancellationToken cancellationToken)
    {
        using PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        NetworkProfile profile = Measure(session, images, options with { Peaks = PeaksOf(session, PeakPolicy.WhenUnknown, out problem) }, cancellationToken);
        if (cancellationToken.IsCancellationRequested)
        {
            return profile;
        }

        if (IsBeyondPeak(profile))
        {
            // The peak was measured in a moment that was not the machine's best.
            profile = Measure(session, images, options with { Peaks = PeaksOf(session, PeakPolicy.Improve, out problem) }, cancellationToken);
        }

        if (IsBeyondPeak(profile))
        {
            problem = "The device's peak was measured below what its layers do, so that shares of it mean nothing: run convoy devices --refresh when the machine has less to do.";
            profile = Measure(session, images, options, cancellationToken);
        }

        return profile is { Interrupted: false, TimesProblem: null } && session.BatchesInFlight > 1
            ? profile with { Stream = TryProfileStream(session, images, cancellationToken) }
            : profile;
    }

    /// <summary>How batches overlap; null where the device's times are none, or it was interrupted, which takes nothing of what was measured before.</summary>
    private static StreamProfile? TryProfileStream(InferenceSession session, PooledBuffer<float> images, CancellationToken cancellationToken)
    {
        try
        {
            return session.ProfileStream(images.Span, cancellationToken) is { TimesProblem: null } stream ? stream : null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static DevicePeaks? PeaksOf(InferenceSession session, PeakPolicy policy, out string? problem) =>
        DevicePeaks.Of(session.Device, session.Threads, policy, out problem);

    private static NetworkProfile Measure(
        InferenceSession session, PooledBuffer<float> images, ProfileOptions options, CancellationToken cancellationToken)
    {
        var cores = new CoreUse();
        cores.Begin();
        NetworkProfile profile = session.Profile(images.Span, options, cancellationToken);
        cores.End();
        return profile with { OtherProcessesPercent = cores.OthersPercent };
    }

    private static bool IsBeyondPeak(NetworkProfile profile) =>
        profile.Layers.Any(layer => layer.Percent >= LeastPercentOfTime && layer.PercentOfPeak > MostPercentOfPeak);
}
