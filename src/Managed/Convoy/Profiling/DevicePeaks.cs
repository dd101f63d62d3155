using System.Text.Json.Serialization;
using Convoy.Backends;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>
/// What a device can do at best, measured: fused multiply-adds from registers, and reading memory far larger than the caches.
/// The two roofs of the roofline model (Williams, Waterman and Patterson, 2009). The best moment counts, since noise only takes
/// away; what was reached but once, or while other processes took a good part of the cores, is not kept, and is measured again by
/// the next process. Work that seems to exceed a peak by more than noise shows that the machine has had better moments since:
/// <see cref="SessionProfiling.Profile"/> then measures again, and the better of each figure counts.
/// </summary>
/// <param name="Threads">Threads, or whatever the device has of them, that were measured together: those asked for, at most one for each processor.</param>
/// <param name="GigaFlopsPerSecond">10^9 single-precision operations a second, all threads together.</param>
/// <param name="GigaBytesPerSecond">10^9 bytes read a second, all threads together.</param>
public sealed record DevicePeaks(
    int Threads,
    [property: JsonPropertyName("gflops_per_second")] double GigaFlopsPerSecond,
    [property: JsonPropertyName("gbytes_per_second")] double GigaBytesPerSecond)
{
    /// <summary>The share of a peak, in percent, above which it is no noise but a peak that was measured in a bad moment.</summary>
    public const double MostPercentOfPeak = 103;

    /// <summary>10^9 operations a second in 16-bit numbers; null where the device has none (<see cref="HalfReason"/>), or it was not measured.</summary>
    [JsonPropertyName("half_gflops_per_second")]
    public double? HalfGigaFlopsPerSecond { get; init; }

    /// <summary>Why the device has no arithmetic in 16-bit numbers: "computes in fp32; ..."; null where it has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? HalfReason { get; init; }

    /// <summary>10^9 bytes read a second from the last-level cache, all threads together; null where it was not measured.</summary>
    [JsonPropertyName("cache_gbytes_per_second")]
    public double? CacheGigaBytesPerSecond { get; init; }

    /// <summary>The last-level cache's size, in bytes; 0 where it is not known.</summary>
    public long CacheBytes { get; init; }

    /// <summary>10^9 bytes copied a second from the host's memory to the device's; null where it computes in the host's by itself, or it was not measured.</summary>
    [JsonPropertyName("upload_gbytes_per_second")]
    public double? UploadGigaBytesPerSecond { get; init; }

    /// <summary>10^9 bytes copied a second from the device's memory to the host's; null in the same cases.</summary>
    [JsonPropertyName("download_gbytes_per_second")]
    public double? DownloadGigaBytesPerSecond { get; init; }

    /// <summary>What a kernel takes that does nothing, or a job that gathers all threads for nothing, in microseconds from the moment it is handed over; null where it was not measured.</summary>
    [JsonPropertyName("launch_us")]
    public double? LaunchMicroseconds { get; init; }

    /// <summary>The least that anything takes by itself, in microseconds: that kernel by the device's clock, or a job for one thread; null where it was not measured.</summary>
    [JsonPropertyName("shortest_us")]
    public double? ShortestMicroseconds { get; init; }

    /// <summary>
    /// The share of the cores that other processes took meanwhile, and on a virtual machine its hypervisor, in percent; null where
    /// the system does not report it.
    /// </summary>
    public double? OtherProcessesPercent { get; init; }

    /// <summary>Whether that was so much that the device may do better, and the figures are not kept.</summary>
    [JsonIgnore]
    public bool IsDisturbed => OtherProcessesPercent >= CoreUse.BusyPercent;

    /// <summary>What could not be measured and why, a sentence each.</summary>
    public ImmutableArray<string> Problems { get; init; } = [];

    /// <summary>Measures a device now, in this process; takes a second or two.</summary>
    /// <param name="device">The device.</param>
    /// <param name="threads">Threads to measure together on the device "native"; others have theirs.</param>
    /// <exception cref="ArgumentNullException">There is no device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no threads.</exception>
    /// <exception cref="DeviceException">It cannot be used, or is not measured, or its arithmetic or its memory could not be measured.</exception>
    public static DevicePeaks Measure(Device device, int threads)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return Measure(device, Require(device), threads, null, CancellationToken.None).Peaks;
    }

    /// <summary>
    /// What was measured before, by this process or, with the same driver and kernels, by an earlier one that could write to the
    /// cache; else it is measured now and kept. A device of an OpenCL driver is measured by another process where
    /// <see cref="Diagnostics.OpenClTrial"/> knows how to start one.
    /// </summary>
    /// <param name="device">The device.</param>
    /// <param name="threads">Threads to measure together on the device "native", one or more; others have theirs.</param>
    /// <returns>The peaks; null where the device cannot be used or measured.</returns>
    /// <exception cref="ArgumentNullException">There is no device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no threads.</exception>
    public static DevicePeaks? Of(Device device, int threads) => Of(device, threads, out _);

    /// <summary>The same, with why there are none.</summary>
    /// <param name="device">The device.</param>
    /// <param name="threads">Threads to measure together on the device "native", one or more; others have theirs.</param>
    /// <param name="problem">Why there are none, in a sentence; null where there are some, and on the reference device, whose speed says nothing.</param>
    /// <param name="refresh">Whether to measure now in place of what is known, which may have been too good.</param>
    /// <param name="progress">Called with what is measured as it begins, on any thread; null for none.</param>
    /// <param name="cancellationToken">Stops between two of the measurements, each of which takes less than a second.</param>
    /// <exception cref="ArgumentNullException">There is no device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no threads.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public static DevicePeaks? Of(
        Device device, int threads, out string? problem, bool refresh = false, Action<PeakProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        PeakPolicy policy = refresh ? PeakPolicy.Replace : PeakPolicy.WhenUnknown;
        (DevicePeaks? peaks, problem) = PeakKeeper.Shared.Get(device, threads, policy, progress, cancellationToken);
        return peaks;
    }

    /// <summary>What was measured before; null where nothing was, for nothing is measured now.</summary>
    /// <param name="device">The device.</param>
    /// <param name="threads">Threads that were measured together on the device "native", one or more; others have theirs.</param>
    /// <exception cref="ArgumentNullException">There is no device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are no threads.</exception>
    public static DevicePeaks? Known(Device device, int threads) => PeakKeeper.Shared.Find(device, threads);

    /// <summary>Measures now, and what others take of the cores meanwhile; the flag says whether each best was reached more than once.</summary>
    /// <exception cref="DeviceException">There is no roof.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    internal static (DevicePeaks Peaks, bool IsSettled) Measure(
        Device device, IPeakSource source, int threads, Action<PeakProgress>? progress, CancellationToken cancellationToken)
    {
        var cores = new CoreUse();
        cores.Begin();
        MeasuredPeaks measured = source.Measure(threads, Begin);
        cores.End();
        return (From(device, measured) with { OtherProcessesPercent = cores.OthersPercent }, measured.IsSettled);

        void Begin(PeakProgress step)
        {
            cancellationToken.ThrowIfCancellationRequested();
            progress?.Invoke(step);
        }
    }

    /// <summary>Of each figure the better, of two measurements of a device; a problem counts that both had.</summary>
    internal static DevicePeaks BestOf(DevicePeaks older, DevicePeaks newer)
    {
        return newer with
        {
            GigaFlopsPerSecond = Math.Max(older.GigaFlopsPerSecond, newer.GigaFlopsPerSecond),
            GigaBytesPerSecond = Math.Max(older.GigaBytesPerSecond, newer.GigaBytesPerSecond),
            HalfGigaFlopsPerSecond = Most(older.HalfGigaFlopsPerSecond, newer.HalfGigaFlopsPerSecond),
            CacheGigaBytesPerSecond = Most(older.CacheGigaBytesPerSecond, newer.CacheGigaBytesPerSecond),
            UploadGigaBytesPerSecond = Most(older.UploadGigaBytesPerSecond, newer.UploadGigaBytesPerSecond),
            DownloadGigaBytesPerSecond = Most(older.DownloadGigaBytesPerSecond, newer.DownloadGigaBytesPerSecond),
            LaunchMicroseconds = Least(older.LaunchMicroseconds, newer.LaunchMicroseconds),
            ShortestMicroseconds = Least(older.ShortestMicroseconds, newer.ShortestMicroseconds),
            OtherProcessesPercent = Least(older.OtherProcessesPercent, newer.OtherProcessesPercent),
            Problems = [.. newer.Problems.Intersect(older.Problems)],
        };

        static double? Most(double? x, double? y) => x > y ? x : y ?? x;
        static double? Least(double? x, double? y) => x < y ? x : y ?? x;
    }

    /// <summary>The figures as they are reported.</summary>
    /// <exception cref="DeviceException">There is no roof.</exception>
    internal static DevicePeaks From(Device device, MeasuredPeaks measured)
    {
        if (measured is not { Flops: { } flops, MemoryBytes: { } bytes })
        {
            throw new DeviceException($"The device '{device.Name}' could not be measured. {string.Join(' ', measured.Problems)}");
        }

        return new DevicePeaks(measured.Threads, flops / 1e9, bytes / 1e9)
        {
            HalfGigaFlopsPerSecond = measured.HalfFlops / 1e9,
            HalfReason = measured.HalfReason,
            CacheGigaBytesPerSecond = measured.CacheBytes / 1e9,
            CacheBytes = measured.CacheSize,
            UploadGigaBytesPerSecond = measured.UploadBytes / 1e9,
            DownloadGigaBytesPerSecond = measured.DownloadBytes / 1e9,
            LaunchMicroseconds = measured.LaunchSeconds * 1e6,
            ShortestMicroseconds = measured.ShortestSeconds * 1e6,
            Problems = [.. measured.Problems],
        };
    }

    /// <summary>What measures a device.</summary>
    /// <exception cref="DeviceException">It cannot be used, or is not measured.</exception>
    internal static IPeakSource Require(Device device) =>
        !device.IsAvailable ? throw new DeviceException($"The device '{device.Name}' cannot be used: {device.UnavailableReason}")
        : device.PeakSource ?? throw new DeviceException($"The device '{device.Name}' is not there to be fast, and is not measured.");
}
