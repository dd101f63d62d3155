using System.Text.Json.Serialization;

namespace Convoy.Profiling;

/// <summary>
/// Where a batch's time went, layer by layer and phase by phase, and why: of the most typical batch of several, so that its rows
/// add up. <see cref="ProfileJson"/> writes and reads it.
/// </summary>
public sealed record NetworkProfile
{
    /// <summary>The network's name.</summary>
    public required string Model { get; init; }

    /// <summary>The device as it is asked for: "opencl:0".</summary>
    public required string Device { get; init; }

    /// <summary>What the device is, for people.</summary>
    public required string DeviceName { get; init; }

    /// <summary>What computes on it: "native".</summary>
    public required string Backend { get; init; }

    /// <summary>How weights of fully connected layers are stored: "fp32".</summary>
    public required string Precision { get; init; }

    /// <summary>Images in the batch.</summary>
    [JsonPropertyName("batch")]
    public required int Images { get; init; }

    /// <summary>Threads that compute.</summary>
    public required int Threads { get; init; }

    /// <summary>Batches measured.</summary>
    [JsonPropertyName("runs")]
    public required int Batches { get; init; }

    /// <summary>There and true where it was stopped early: there are fewer batches than asked for, or the stream or the peaks are missing that follow them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Interrupted { get; init; }

    /// <summary>
    /// What is wrong with the times that the device's driver gives, in a sentence: layers were then waited for one by one and timed
    /// by the host's clock. Null where nothing is.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TimesProblem { get; init; }

    /// <summary>The way in ("input"), the steps in the order they run, and the way out ("output").</summary>
    public required ImmutableArray<LayerProfile> Layers { get; init; }

    /// <summary>Time for one batch in which something ran, in milliseconds: the layers' together, but once where transfers ran beside kernels.</summary>
    [JsonPropertyName("busy_ms")]
    public required double BusyMilliseconds { get; init; }

    /// <summary>Time for one batch by the wall clock, in milliseconds: of the batch that the rows are of.</summary>
    [JsonPropertyName("wall_ms")]
    public required double WallMilliseconds { get; init; }

    /// <summary>The median and the quartiles of the wall clock's times.</summary>
    [JsonPropertyName("wall_spread_ms")]
    public Spread WallSpread { get; init; }

    /// <summary>
    /// The share of the cores that other processes took meanwhile, and on a virtual machine its hypervisor, in percent; null where
    /// the system does not report it, as only Linux does, or too little time passed.
    /// </summary>
    public double? OtherProcessesPercent { get; init; }

    /// <summary>Whether that was so much that the figures are not to be relied on.</summary>
    [JsonIgnore]
    public bool IsDisturbed => OtherProcessesPercent >= CoreUse.BusyPercent;

    /// <summary>What the device can do at best; null where it is not known.</summary>
    public DevicePeaks? Peaks { get; init; }

    /// <summary>Why there are no peaks, in a sentence; null where there are some, none were asked for, or none is expected.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PeaksProblem { get; init; }

    /// <summary>
    /// 10^9 bytes a second that as many threads read of the host's memory right after the batches, a few times
    /// (<see cref="BandwidthProbe"/>): how fast the machine's memory was in that minute, for who compares profiles. Empty where that does
    /// not matter, because a batch needs nothing of it or the device is no processor, where it could not be read or the peaks were given,
    /// and in what earlier versions wrote.
    /// </summary>
    [JsonPropertyName("memory_gbytes_per_second")]
    [JsonConverter(typeof(MeasurementsConverter))]
    public ImmutableArray<double> MemoryGigaBytesPerSecond { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>How batches overlap that follow each other; null where they do not, or it was not measured.</summary>
    public StreamProfile? Stream { get; init; }

    /// <summary>What changed since an older profile; null where there is none to compare with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProfileComparison? Comparison { get; init; }

    /// <summary>The batch as it passed.</summary>
    public required Timeline Timeline { get; init; }

    /// <summary>The session's memory.</summary>
    public required MemoryProfile Memory { get; init; }

    /// <summary>The layers' times together, in milliseconds.</summary>
    [JsonPropertyName("sum_ms")]
    public double SumMilliseconds => Layers.Sum(layer => layer.Milliseconds);

    /// <summary>The rest of the wall clock's time, in milliseconds: nothing ran, or only the host did.</summary>
    [JsonPropertyName("gap_ms")]
    public double GapMilliseconds => WallMilliseconds - BusyMilliseconds;

    /// <summary>Time from the caller's memory to the device's, in milliseconds: the row of the way in.</summary>
    [JsonPropertyName("upload_ms")]
    public double UploadMilliseconds => Layers[0].Milliseconds;

    /// <summary>Time the steps took, in milliseconds.</summary>
    [JsonPropertyName("compute_ms")]
    public double ComputeMilliseconds => SumMilliseconds - UploadMilliseconds - DownloadMilliseconds;

    /// <summary>Time from the device's memory to the caller's, in milliseconds: the row of the way out.</summary>
    [JsonPropertyName("download_ms")]
    public double DownloadMilliseconds => Layers[^1].Milliseconds;

    /// <summary>Images a second, by the wall clock.</summary>
    public double ImagesPerSecond => WallMilliseconds > 0 ? Images / WallMilliseconds * 1e3 : 0;

    /// <summary>Where and with what it was measured, for whoever reads it elsewhere.</summary>
    public MeasuredOn? MeasuredOn { get; init; }
}
