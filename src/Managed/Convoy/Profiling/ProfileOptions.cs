namespace Convoy.Profiling;

/// <summary>How a session is profiled.</summary>
public sealed record ProfileOptions
{
    /// <summary>How often to run the batch.</summary>
    public int Batches { get; init; } = 10;

    /// <summary>The device's measured peaks, to tell what bounds the layers; null where they are not wanted.</summary>
    public DevicePeaks? Peaks { get; init; }

    /// <summary>Whether to count the processor's events too, where the native device and the system can (<see cref="EventCounting"/>).</summary>
    public bool CountsEvents { get; init; }

    /// <summary>Called behind each batch, on the thread that measures, with how many were measured by then.</summary>
    public Action<int>? Progress { get; init; }
}
