namespace Convoy.Profiling;

/// <summary>How a session is profiled.</summary>
public sealed record ProfileOptions
{
    /// <summary>How often to run the batch, at least once; it runs once more before, to warm up.</summary>
    public int Batches { get; init; } = 10;

    /// <summary>
    /// Whether to hold the layers against what the device can do at best, and to report what bounds them. Peaks that are not known
    /// are measured, which takes a second or two, and kept for this process and in the user's cache folder
    /// (<see cref="DevicePeaks.Of(Runtime.Device, int)"/>). Where a layer exceeds them by more than noise they are measured again.
    /// </summary>
    public bool UsesPeaks { get; init; } = true;

    /// <summary>Peaks to hold the layers against as they are, so that none are measured; null for those of the machine.</summary>
    public DevicePeaks? Peaks { get; init; }

    /// <summary>Whether to run a few batches more with several in flight, where the device has that, and to see how they overlap.</summary>
    public bool MeasuresStream { get; init; } = true;

    /// <summary>Whether to count the processor's events too, where the native device and the system can (<see cref="EventCounting"/>).</summary>
    public bool CountsEvents { get; init; }

    /// <summary>Called with each stage as it begins, and with each batch and measurement in it, mostly on the thread that profiles; null for none.</summary>
    public Action<ProfileProgress>? Progress { get; init; }
}
