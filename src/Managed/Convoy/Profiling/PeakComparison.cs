using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>
/// Layers held against the device's peaks: those known, or measured now where none are. The layers were measured before, so that
/// better peaks, or none, change what is said of them and not their times.
/// </summary>
/// <param name="Layers">The layers.</param>
/// <param name="Peaks">The peaks; null where there are none.</param>
/// <param name="Problem">Why there are none, in a sentence; null where there are some, or none is expected.</param>
internal sealed record PeakComparison(ImmutableArray<LayerProfile> Layers, DevicePeaks? Peaks, string? Problem)
{
    // What exceeds a peak in less of the time is noise all the same.
    private const double LeastPercentOfTime = 1;

    private const string TooLow =
        "The device's peaks were measured below what its layers do, so that shares of them mean nothing: run convoy devices --refresh, or measure with DevicePeaks.Of and refresh, when the machine has less to do.";

    // A phase may exceed it in a layer that, with the others, does not.
    private bool IsBeyondPeak => AreBeyondPeak(Layers) || AreBeyondPeak(Layers.SelectMany(layer => layer.Phases));

    /// <summary>Finds the peaks of a session's device. Once the token asks to stop nothing is measured, and what is known counts.</summary>
    /// <param name="session">The session.</param>
    /// <param name="options">Whether peaks are wanted, and which.</param>
    /// <param name="createLayers">Makes the layers, held against peaks or not.</param>
    /// <param name="cancellationToken">Stops measuring.</param>
    public static PeakComparison Create(
        InferenceSession session, ProfileOptions options, Func<DevicePeaks?, ImmutableArray<LayerProfile>> createLayers, CancellationToken cancellationToken)
    {
        if (options.Peaks is not null || !options.UsesPeaks)
        {
            return new PeakComparison(createLayers(options.Peaks), options.Peaks, null);
        }

        PeakComparison first = Compare(PeakPolicy.WhenUnknown);
        // A peak that is exceeded was measured in a moment that was not the machine's best.
        PeakComparison second = first.IsBeyondPeak ? Compare(PeakPolicy.Improve) : first;
        return second.IsBeyondPeak ? new PeakComparison(createLayers(null), null, TooLow) : second;

        PeakComparison Compare(PeakPolicy policy)
        {
            (DevicePeaks? peaks, string? problem) = Find(session, policy, options.Progress, cancellationToken);
            return new PeakComparison(createLayers(peaks), peaks, problem);
        }
    }

    private static bool AreBeyondPeak(IEnumerable<WorkProfile> rows) =>
        rows.Where(row => row.PercentOfPeak > DevicePeaks.MostPercentOfPeak).Sum(row => row.Percent) >= LeastPercentOfTime;

    private static (DevicePeaks? Peaks, string? Problem) Find(
        InferenceSession session, PeakPolicy policy, Action<ProfileProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            if (!cancellationToken.IsCancellationRequested)
            {
                return PeakKeeper.Shared.Get(
                    session.Device,
                    session.Threads,
                    policy,
                    step => progress?.Invoke(new ProfileProgress(ProfileStage.Peaks, step.Done, step.Count) { What = step.What }),
                    cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // What is known counts.
        }

        return (DevicePeaks.Known(session.Device, session.Threads), null);
    }
}
