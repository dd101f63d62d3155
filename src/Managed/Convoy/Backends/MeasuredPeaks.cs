namespace Convoy.Backends;

/// <summary>What a device was measured to do at best; null is what it does not have, or could not be measured.</summary>
/// <param name="Threads">Threads, or whatever the device has of them, that were measured together.</param>
internal sealed record MeasuredPeaks(int Threads)
{
    private readonly List<string> _problems = [];
    private int _begun;

    /// <summary>How many measurements are tried.</summary>
    public int Count { get; init; }

    /// <summary>Hears of each as it begins; null where nobody listens.</summary>
    public Action<PeakProgress>? Progress { get; init; }

    /// <summary>Single-precision operations a second, a multiply-add being two.</summary>
    public double? Flops { get; set; }

    /// <summary>The same in half precision.</summary>
    public double? HalfFlops { get; set; }

    /// <summary>Why the device has none, where it has none: "computes in fp32"; null where it has.</summary>
    public string? HalfReason { get; init; }

    /// <summary>Bytes a second that are read from memory.</summary>
    public double? MemoryBytes { get; set; }

    /// <summary>Bytes a second that are read from the last-level cache.</summary>
    public double? CacheBytes { get; set; }

    /// <summary>Bytes the last-level cache holds; 0 where that is not known.</summary>
    public long CacheSize { get; set; }

    /// <summary>Bytes a second that are copied from the host's memory to the device's.</summary>
    public double? UploadBytes { get; set; }

    /// <summary>Bytes a second that are copied back.</summary>
    public double? DownloadBytes { get; set; }

    /// <summary>Seconds from the moment at which a kernel that does nothing is handed over, or a job that gathers all threads, until it is done.</summary>
    public double? LaunchSeconds { get; set; }

    /// <summary>Seconds that the least of works takes by itself.</summary>
    public double? ShortestSeconds { get; set; }

    /// <summary>False where a figure was reached once and not again: the machine was busy, and another time may show more.</summary>
    public bool IsSettled { get; private set; } = true;

    /// <summary>What could not be measured and why, a sentence each.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Measures something, unless it fails.</summary>
    /// <param name="what">What it is, as a sentence begins: "The bandwidth of memory".</param>
    /// <param name="measure">The measurement.</param>
    public double? Try(string what, Func<double> measure)
    {
        Progress?.Invoke(new PeakProgress(char.ToLowerInvariant(what[0]) + what[1..], _begun++, Count));
        try
        {
            return measure();
        }
        catch (ConvoyException e)
        {
            Miss(what, e.Message);
            return null;
        }
    }

    /// <summary>The same of a rate, which counts as settled where it was reached several times.</summary>
    public double? Try(string what, Func<BestRate> measure) => Try(what, () =>
    {
        BestRate rate = measure();
        IsSettled &= rate.IsSettled;
        return rate.Best;
    });

    /// <summary>Notes why something is missing.</summary>
    public void Miss(string what, string why) => _problems.Add($"{what} was not measured: {why}");
}
