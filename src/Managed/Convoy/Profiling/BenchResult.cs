using System.Text.Json.Serialization;

namespace Convoy.Profiling;

/// <summary>
/// How fast a network was with one combination of device, precision, threads and batch: what <c>convoy bench</c> measures. Images
/// a second and the phases are those of batches that follow each other, as many in flight as the device takes; latencies are
/// those of a batch alone. What is null was not measured, or an earlier version did not write it. <see cref="BenchJson"/> writes
/// and reads it.
/// </summary>
public sealed record BenchResult
{
    /// <summary>The network's name.</summary>
    public required string Model { get; init; }

    /// <summary>The device as it is asked for: "opencl:0".</summary>
    public required string Device { get; init; }

    /// <summary>What the device is, for people.</summary>
    public string? DeviceName { get; init; }

    /// <summary>What computes on it: "opencl".</summary>
    public string? Backend { get; init; }

    /// <summary>How weights of fully connected layers are stored: "fp32".</summary>
    public required string Precision { get; init; }

    /// <summary>Images in a batch.</summary>
    [JsonPropertyName("batch")]
    public required int BatchSize { get; init; }

    /// <summary>Threads that compute.</summary>
    public required int Threads { get; init; }

    /// <summary>Images a second, by the median of <see cref="SliceMilliseconds"/>.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>Images a second, by the upper quartile of <see cref="SliceMilliseconds"/>.</summary>
    public double? ImagesPerSecondLow { get; init; }

    /// <summary>Images a second, by the lower quartile of <see cref="SliceMilliseconds"/>.</summary>
    public double? ImagesPerSecondHigh { get; init; }

    /// <summary>Batches under way at once.</summary>
    public int? BatchesInFlight { get; init; }

    /// <summary>What a batch alone takes, in milliseconds.</summary>
    [JsonPropertyName("latency_ms")]
    public Latencies? Latency { get; init; }

    /// <summary>What compiling took, in milliseconds.</summary>
    [JsonPropertyName("build_ms")]
    public double? BuildMilliseconds { get; init; }

    /// <summary>What the first run after it took, in milliseconds.</summary>
    [JsonPropertyName("first_run_ms")]
    public double? FirstRunMilliseconds { get; init; }

    /// <summary>What warming up took after that, in milliseconds.</summary>
    [JsonPropertyName("warm_up_ms")]
    public double? WarmUpMilliseconds { get; init; }

    /// <summary>Time from the caller's memory to the device's, in milliseconds; null where the device's times cannot be right, or it was not measured that far.</summary>
    [JsonPropertyName("upload_ms")]
    public double? UploadMilliseconds { get; init; }

    /// <summary>Time that the device computed, in milliseconds; null where the device's times cannot be right, or it was not measured that far.</summary>
    [JsonPropertyName("compute_ms")]
    public double? ComputeMilliseconds { get; init; }

    /// <summary>Time from the device's memory to the caller's, in milliseconds; null where the device's times cannot be right, or it was not measured that far.</summary>
    [JsonPropertyName("download_ms")]
    public double? DownloadMilliseconds { get; init; }

    /// <summary>How much of the transfers ran while another batch computed, in milliseconds; null where the device's times cannot be right, or it was not measured that far.</summary>
    [JsonPropertyName("overlapped_ms")]
    public double? OverlappedMilliseconds { get; init; }

    /// <summary>The most native memory that the session, its packed weights and the batches under way took at once, in bytes.</summary>
    public long? PeakNativeBytes { get; init; }

    /// <summary>The most of the device's memory, in bytes; null where it computes in the host's.</summary>
    public long? PeakDeviceBytes { get; init; }

    /// <summary>Multiply-adds of a direct computation as a share of the measured peak, in percent: above 100 where an algorithm saves enough of them. Null where no peak was measured, or it was exceeded.</summary>
    public double? EffectivePercentOfPeak { get; init; }

    /// <summary>Operations executed as a share of the measured peak, in percent; null where no peak was measured or it was exceeded by more than noise, or the backend does not report them.</summary>
    public double? ExecutedPercentOfPeak { get; init; }

    /// <summary>
    /// The time that a batch would take if each layer were as fast as its roof, the measured peak of arithmetic or of memory,
    /// whichever is lower for what the layer executes and moves; in percent of the time it takes. Null where no peaks were measured, or they were exceeded.
    /// </summary>
    public double? PercentOfRoofline { get; init; }

    /// <summary>Why there are no shares of the peaks, or none of the roofline, in a sentence; null where there are, or none is expected.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PeaksProblem { get; init; }

    /// <summary>What other processes took of the cores meanwhile, in percent; null where the system does not report it.</summary>
    public double? OtherProcessesPercent { get; init; }

    /// <summary>Batches measured alone.</summary>
    public int? Runs { get; init; }

    /// <summary>The median time from one batch to the next in each slice of the time, in milliseconds and in the order they were measured; empty where they were not kept.</summary>
    [JsonPropertyName("slice_ms")]
    [JsonConverter(typeof(MeasurementsConverter))]
    public ImmutableArray<double> SliceMilliseconds { get; init; } = [];

    /// <summary>
    /// 10^9 bytes a second that as many threads read of the host's memory just before each slice, in their order
    /// (<see cref="BandwidthProbe"/>): how fast the machine's memory was meanwhile. Empty where that does not matter, because a batch
    /// needs nothing of it or the device is no processor, where it could not be read, and in what earlier versions wrote.
    /// </summary>
    [JsonPropertyName("memory_gbytes_per_second")]
    [JsonConverter(typeof(MeasurementsConverter))]
    public ImmutableArray<double> MemoryGigaBytesPerSecond { get; init; } = [];

    /// <summary>10^9 bytes of a batch that come from memory or go there, because no cache has room for them, as a profile counts them; null where none did.</summary>
    [JsonPropertyName("memory_gbytes")]
    public double? MemoryGigaBytes { get; init; }

    /// <summary>Convoy's version.</summary>
    public string? Version { get; init; }

    /// <summary>The commit it was built from.</summary>
    public string? Commit { get; init; }

    /// <summary>Where and with what it was measured, for whoever reads it elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MeasuredOn? MeasuredOn { get; init; }

    /// <summary>How it compares with an earlier result, where one was given that has the combination.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SpeedChange? Comparison { get; init; }

    /// <summary>There and true in what was measured for a shorter time than was asked for, because the bench was interrupted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Interrupted { get; init; }

    /// <summary>The quartiles' distance in percent of the median; null where there are none.</summary>
    [JsonIgnore]
    public double? SpreadPercent => 100 * (ImagesPerSecondHigh - ImagesPerSecondLow) / ImagesPerSecond;

    /// <summary>How many slices it has; a result of before there were any has one.</summary>
    [JsonIgnore]
    internal int Slices => Math.Max(1, SliceMilliseconds.IsDefault ? 0 : SliceMilliseconds.Length);

    /// <summary>
    /// What two results are compared by: the slices' quartiles and, where batches run one after the other, the fastest of all
    /// batches. A result of before there were slices has one, its median.
    /// </summary>
    [JsonIgnore]
    internal Spread SliceSpread
    {
        get
        {
            var slices = Spread.Of(SliceMilliseconds.IsEmpty ? [BatchSize / ImagesPerSecond * 1e3] : SliceMilliseconds);
            return BatchesInFlight == 1 && Latency is { Min: > 0 } latency ? slices with { Least = Math.Min(slices.Least, latency.Min) } : slices;
        }
    }
}

/// <summary>Milliseconds a batch alone takes, from images to scores.</summary>
/// <param name="Min">The shortest.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">What nine of ten batches stay within.</param>
/// <param name="P99">What 99 of 100 batches stay within.</param>
/// <param name="Max">The longest.</param>
public sealed record Latencies(double Min, double P50, double P90, double P99, double Max);

/// <summary>A combination's speed against what it was before.</summary>
/// <param name="ImagesPerSecond">What it was before.</param>
/// <param name="ChangePercent">How many more images a second there are now, in percent, whether or not that is beyond the noise; below zero where there are fewer.</param>
/// <param name="Change">What can be said of it.</param>
public sealed record SpeedChange(double ImagesPerSecond, double ChangePercent, [property: JsonPropertyName("verdict")] Change Change)
{
    /// <summary>
    /// How many more images a second, in percent, the machine's memory explains at most, where both changed the same way by more than
    /// noise; null elsewhere. Where it explains all of the change, there is no difference.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MachinePercent { get; init; }

    /// <summary>Whether there is a change beyond the noise, and the machine's memory explains it.</summary>
    [JsonIgnore]
    public bool IsMachine => Change == Change.NoDifference && MachinePercent is not null;
}
