namespace Convoy.Profiling;

/// <summary>How far the profiling of a session is: within a stage, for each stage begins anew.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="Done">How much of it is done: batches, or of peaks the measurements.</param>
/// <param name="Count">How much of it there is.</param>
public sealed record ProfileProgress(ProfileStage Stage, int Done, int Count)
{
    /// <summary>What is measured now, of peaks: "the bandwidth of memory"; "" elsewhere.</summary>
    public string What { get; init; } = "";
}

/// <summary>What is done while a session is profiled, in this order; what is not needed is left out.</summary>
public enum ProfileStage
{
    /// <summary>Batches are measured one after the other.</summary>
    Batches,

    /// <summary>The times of a few batches more are held against the host's clock, since those of the device look too short.</summary>
    ClockCheck,

    /// <summary>Batches are measured again by the host's clock, since the device's times cannot be right.</summary>
    HostTimedBatches,

    /// <summary>Batches follow each other, several of them in flight.</summary>
    Stream,

    /// <summary>The device's peaks are measured.</summary>
    Peaks,
}
