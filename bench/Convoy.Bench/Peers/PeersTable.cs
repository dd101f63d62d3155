namespace Convoy.Bench.Peers;

/// <summary>Prints what was measured as a Markdown table, a row a combination.</summary>
internal static class PeersTable
{
    private static readonly string[] Titles =
        ["model", "batch", "Convoy", "of peak", "ONNX Runtime", "of peak", "ratio", "quartiles", "differ by"];

    /// <summary>Prints to standard output.</summary>
    public static void Print(PeersReport report)
    {
        Console.WriteLine(Say(
            $"{report.Machine}; {report.Threads} threads, {report.PeakGigaFlopsPerSecond:F0} GFLOP/s of measured FMA peak"));
        Console.WriteLine($"{report.Convoy} and {report.OnnxRuntime}, in images a second");
        Console.WriteLine();
        PrintRows([Titles, .. report.Results.Select(Describe)]);
        Console.WriteLine();
        Console.WriteLine(
            """
            Speeds and ratios are medians of alternating turns in one process. A share of the peak counts the
            multiply-adds of direct convolution, whatever the engine really did. ONNX Runtime's threads spin
            within a run, as by default, but not after it (session.force_spinning_stop).
            """);
    }

    private static string[] Describe(PeersResult result) =>
    [
        result.Model,
        Say($"{result.Batch}"),
        Say($"{result.ConvoyImagesPerSecond.Median:N1}"),
        Say($"{100 * result.ConvoyPeakShare:F0} %"),
        Say($"{result.OnnxRuntimeImagesPerSecond.Median:N1}"),
        Say($"{100 * result.OnnxRuntimePeakShare:F0} %"),
        Say($"{result.Ratio.Median:F2}"),
        Say($"{result.Ratio.Lower:F2} to {result.Ratio.Upper:F2}"),
        Say($"{result.MaxDifference:0.0e+0}"),
    ];

    private static void PrintRows(string[][] rows)
    {
        int[] widths = [.. Enumerable.Range(0, Titles.Length).Select(column => rows.Max(row => row[column].Length))];
        for (int i = 0; i < rows.Length; i++)
        {
            Console.WriteLine($"| {string.Join(" | ", rows[i].Zip(widths, (cell, width) => cell.PadLeft(width)))} |");
            if (i == 0)
            {
                Console.WriteLine($"|{string.Join('|', widths.Select(width => new string('-', width + 1) + ":"))}|");
            }
        }
    }

    private static string Say(FormattableString text) => FormattableString.Invariant(text);
}
