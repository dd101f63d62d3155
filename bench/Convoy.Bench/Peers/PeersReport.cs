using System.Text.Json;

namespace Convoy.Bench.Peers;

/// <summary>What was measured, where, and how; written as JSON with snake_case names.</summary>
internal sealed record PeersReport(
    string Machine,
    int Threads,
    double SecondsPerCombination,
    double PeakGigaFlopsPerSecond,
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

/// <summary>One model at one batch size. Speeds are images a second; shares are of the measured FMA peak.</summary>
internal sealed record PeersResult(
    string Model,
    int Batch,
    double MaxDifference,
    Quartiles ConvoyImagesPerSecond,
    double ConvoyPeakShare,
    Quartiles OnnxRuntimeImagesPerSecond,
    double OnnxRuntimePeakShare,
    Quartiles Ratio);
