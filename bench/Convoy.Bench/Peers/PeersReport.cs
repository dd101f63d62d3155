using System.Text.Json;
using Convoy.Profiling;

namespace Convoy.Bench.Peers;

/// <summary>What was measured, where, and how; written as JSON with snake_case names.</summary>
internal sealed record PeersReport(
    string Machine,
    double SecondsPerCombination,
    IReadOnlyList<PeersPeaks> Peaks,
    string Convoy,
    string OnnxRuntime,
    IReadOnlyList<PeersResult> Results,
    IReadOnlyList<ScalingResult> Scaling,
    MeasuredOn MeasuredOn)
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

/// <summary>What so many threads of the machine can do, measured.</summary>
internal sealed record PeersPeaks(int Threads, double GigaFlopsPerSecond, double GigaBytesPerSecond);

/// <summary>One model at one batch size, on so many threads of each engine.</summary>
/// <param name="Model">The model.</param>
/// <param name="Precision">How Convoy stored the weights of fully connected layers.</param>
/// <param name="Batch">Images at a time.</param>
/// <param name="Threads">Threads of each engine.</param>
/// <param name="MaxDifference">The largest between the two engines' scores.</param>
/// <param name="AllowedDifference">The largest with which they count as the same.</param>
/// <param name="Convoy">Convoy.</param>
/// <param name="OnnxRuntime">ONNX Runtime.</param>
/// <param name="Ratio">Convoy's speed by ONNX Runtime's.</param>
/// <param name="Steps">Where Convoy's time went, if it was the slower one; else empty.</param>
internal sealed record PeersResult(
    string Model,
    string Precision,
    int Batch,
    int Threads,
    double MaxDifference,
    double AllowedDifference,
    EngineResult Convoy,
    EngineResult OnnxRuntime,
    Quartiles Ratio,
    IReadOnlyList<PeersStep> Steps);

/// <summary>What one of Convoy's steps took of a batch's time.</summary>
/// <param name="Name">Its layer; of several computed as one, the first, or all of a chain.</param>
/// <param name="Op">Its operation.</param>
/// <param name="Algorithm">How it was computed.</param>
/// <param name="Milliseconds">Time for a batch.</param>
/// <param name="Share">Its share of all steps' time.</param>
/// <param name="GigaFlopsPerSecond">10^9 operations a second, as direct convolution has them.</param>
/// <param name="GigaBytesPerSecond">10^9 bytes a second, of feature maps and weights moved once.</param>
internal sealed record PeersStep(
    string Name, string Op, string Algorithm, double Milliseconds, double Share, double GigaFlopsPerSecond, double GigaBytesPerSecond);

/// <summary>Convoy on some threads against Convoy on fewer.</summary>
/// <param name="Model">The model.</param>
/// <param name="Precision">How the weights of fully connected layers were stored.</param>
/// <param name="Batch">Images at a time.</param>
/// <param name="Threads">The more threads.</param>
/// <param name="BaseThreads">The fewer.</param>
/// <param name="ImagesPerSecond">Speed on the more.</param>
/// <param name="BaseImagesPerSecond">Speed on the fewer.</param>
/// <param name="Ratio">Speed on the more by speed on the fewer.</param>
/// <param name="ArithmeticRatio">The same of arithmetic alone, from registers, in the same rounds: what the machine had to give.</param>
internal sealed record ScalingResult(
    string Model,
    string Precision,
    int Batch,
    int Threads,
    int BaseThreads,
    Quartiles ImagesPerSecond,
    Quartiles BaseImagesPerSecond,
    Quartiles Ratio,
    Quartiles ArithmeticRatio);

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
