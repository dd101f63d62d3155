using System.Text.Json.Serialization;

namespace Convoy.Cli.Reports;

/// <summary>
/// A combination in the result of <c>bench</c>. Images a second and the phases are those of batches that follow each other, as
/// many in flight as the device takes; latencies are those of a batch alone. <c>PeakDeviceBytes</c> is null where the device
/// computes in the host's memory.
/// </summary>
internal sealed record BenchDocument
{
    public required string Model { get; init; }

    /// <summary>The device as it is asked for: "opencl:0".</summary>
    public required string Device { get; init; }

    /// <summary>What the device is, for people.</summary>
    public required string DeviceName { get; init; }

    /// <summary>What computes on it: "opencl".</summary>
    public required string Backend { get; init; }

    public required string Precision { get; init; }

    public required int Batch { get; init; }

    public required int Threads { get; init; }

    /// <summary>By the median of <see cref="SliceMs"/>.</summary>
    public required double ImagesPerSecond { get; init; }

    /// <summary>By the upper quartile of <see cref="SliceMs"/>.</summary>
    public required double ImagesPerSecondLow { get; init; }

    /// <summary>By the lower quartile of <see cref="SliceMs"/>.</summary>
    public required double ImagesPerSecondHigh { get; init; }

    public required int BatchesInFlight { get; init; }

    public required LatencyDocument LatencyMs { get; init; }

    public required double BuildMs { get; init; }

    public required double FirstRunMs { get; init; }

    public required double WarmUpMs { get; init; }

    public required double UploadMs { get; init; }

    public required double ComputeMs { get; init; }

    public required double DownloadMs { get; init; }

    public required double OverlappedMs { get; init; }

    public required long PeakNativeBytes { get; init; }

    public required long? PeakDeviceBytes { get; init; }

    /// <summary>Multiply-adds of a direct computation as a share of the measured peak: above 100 where an algorithm saves enough of them.</summary>
    public required double? EffectivePercentOfPeak { get; init; }

    /// <summary>Operations executed as a share of the measured peak.</summary>
    public required double? ExecutedPercentOfPeak { get; init; }

    /// <summary>What other processes took of the cores meanwhile; null where the system does not tell.</summary>
    public required double? OtherProcessesPercent { get; init; }

    /// <summary>Batches measured alone.</summary>
    public required int Runs { get; init; }

    /// <summary>The median time from one batch to the next in each slice of the time, in the order they were measured, for comparisons.</summary>
    [JsonConverter(typeof(MeasurementsConverter))]
    public required double[] SliceMs { get; init; }

    public required string Version { get; init; }

    public required string Commit { get; init; }

    /// <summary>How it compares with an earlier result, where one was given that has the combination.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ComparisonDocument? Comparison { get; init; }

    /// <summary>There and true in what was measured for a shorter time than was asked for, because the bench was interrupted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Interrupted { get; init; }
}

/// <summary>Milliseconds a batch alone takes, from images to scores.</summary>
internal sealed record LatencyDocument(double Min, double P50, double P90, double P99, double Max);

/// <summary>A combination against what it was before.</summary>
/// <param name="ImagesPerSecond">What it was before.</param>
/// <param name="ChangePercent">How many more images a second there are now, whether or not that is beyond the noise.</param>
/// <param name="Verdict">What can be said of it.</param>
internal sealed record ComparisonDocument(double ImagesPerSecond, double ChangePercent, Verdict Verdict);
