namespace Convoy.Profiling;

/// <summary>When a device's peaks are measured, and what becomes of those that are known.</summary>
internal enum PeakPolicy
{
    /// <summary>Where nothing is known of the device.</summary>
    WhenUnknown,

    /// <summary>Now, and of each figure the better one counts: where work exceeds a peak, which was measured in a bad moment.</summary>
    Improve,

    /// <summary>Now, in place of what is known, which may have been too good.</summary>
    Replace,
}
