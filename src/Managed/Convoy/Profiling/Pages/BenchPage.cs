using System.Text.Json;

namespace Convoy.Profiling.Pages;

/// <summary>
/// Measurements of several combinations as a page: throughput against batch and threads, latencies, and the machine. The figures
/// are those that <see cref="BenchJson"/> writes, which the page holds and draws from. What a result does not have is left out.
/// </summary>
public static class BenchPage
{
    private static readonly string[] Charts = ["lines"];

    /// <summary>Writes the page, which needs no network: one HTML file with all that it shows.</summary>
    /// <param name="stream">Where to; it is left open.</param>
    /// <param name="results">The measurements.</param>
    /// <exception cref="ArgumentNullException">There is no list of them.</exception>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public static void Write(Stream stream, IReadOnlyList<BenchResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        BenchResult[] measured = [.. results.Where(each => double.IsFinite(each.ImagesPerSecond))];
        var figures = new BenchFigures(results, [.. BenchNotes.FindBest(measured)], [.. BenchNotes.DescribeBatches(measured)], [.. BenchNotes.DescribePeaks(results), .. BenchNotes.DescribeNoise(results)]);
        PageWriter.Write(stream, "Convoy bench", "bench", Charts, writer => JsonSerializer.Serialize(writer, figures, BenchJson.FiguresInfo));
    }

    /// <summary>Writes the page to a file; what is there is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="results">The measurements.</param>
    /// <exception cref="ConvoyException">The file cannot be written; there is no half of it.</exception>
    public static void Save(string path, IReadOnlyList<BenchResult> results) => ReportFile.Save(path, "page", file => Write(file, results));
}
