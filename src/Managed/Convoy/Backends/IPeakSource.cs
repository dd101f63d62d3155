namespace Convoy.Backends;

/// <summary>A device whose best can be measured.</summary>
internal interface IPeakSource
{
    /// <summary>True where measuring runs code that may end the process, or never return: a driver's.</summary>
    bool IsRisky { get; }

    /// <summary>What the figures depend on, in words, by which they are kept; null where it is not known.</summary>
    /// <param name="threads">Threads to measure together, where the device leaves that to the caller.</param>
    string? Describe(int threads);

    /// <summary>
    /// Measures now, for a second or two. What fails is missing and among the problems; nothing is thrown but by who hears of
    /// the progress, to stop.
    /// </summary>
    /// <param name="threads">Threads to measure together, where the device leaves that to the caller.</param>
    /// <param name="progress">Hears what is measured, on the thread that does; null where nobody wants to.</param>
    MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress);
}
