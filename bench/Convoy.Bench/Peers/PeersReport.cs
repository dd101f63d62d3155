using System.Text.Json;

namespace Convoy.Bench.Peers;

/// <summary>What was measured, where, and how; written as JSON with snake_case names.</summary>
internal sealed record PeersReport(
    string Machine,
    int Threads,
    double SecondsPerCombination,
    double PeakGigaFlopsPerSecond,
    double PeakGigaBytesPerSecond,
    string Convoy,
    string OnnxRuntime,
    IReadOnlyList<PeersResult> Results)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        NewLine = "\n",
    };

    /// <summary>Writes the report to a file.</summary>
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this, Format) + "\n");
}

/// <summary>One model at one batch size.</summary>
internal sealed record PeersResult(string Model, int Batch, double MaxDifference, EngineResult Convoy, EngineResult OnnxRuntime, Quartiles Ratio);

/// <summary>What one engine did.</summary>
/// <param name="ImagesPerSecond">Its speed.</param>
/// <param name="PeakShare">
/// Multiply-adds of direct convolution by the measured peak of fused multiply-adds: above 1 where the algorithm makes fewer.
/// </param>
/// <param name="BandwidthShare">
/// Bytes that any engine must move, by the measured peak of reading memory: each feature map written and read once, each
/// weight read once a batch.
/// </param>
/// <param name="PeakBytes">The most memory resident in a process of its own; null where it was not measured.</param>
internal sealed record EngineResult(Quartiles ImagesPerSecond, double PeakShare, double BandwidthShare, long? PeakBytes);
