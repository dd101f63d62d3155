namespace Convoy.Bench.Peers;

/// <summary>Prints what was measured as a Markdown table, a row a combination.</summary>
internal static class PeersTable
{
    private static readonly string[] Titles =
    [
        "model", "weights", "batch", "threads", "Convoy", "ONNX Runtime", "ratio", "quartiles", "of FMA peak", "of bandwidth", "memory, MB", "ratio", "differ by", "allowed",
    ];

    private static readonly string[] ScalingTitles =
    [
        "model", "weights", "batch", "threads", "images/s", "threads", "images/s", "ratio", "quartiles", "arithmetic", "quartiles",
    ];

    private static readonly string[] StepTitles = ["step", "operation", "algorithm", "ms", "of time", "GFLOP/s", "GB/s"];

    /// <summary>Prints to standard output.</summary>
    public static void Print(PeersReport report)
    {
        Console.WriteLine(report.Machine);
        foreach (PeersPeaks peaks in report.Peaks)
        {
            Console.WriteLine(Say(
                $"{peaks.Threads} threads: {peaks.GigaFlopsPerSecond:F0} GFLOP/s of measured FMA peak, {peaks.GigaBytesPerSecond:F0} GB/s of reading memory"));
        }

        Console.WriteLine($"{report.Convoy} and {report.OnnxRuntime}, in images a second");
        Console.WriteLine();
        PrintRows([Titles, .. report.Results.Select(Describe)]);
        Console.WriteLine();
        foreach (PeersResult result in report.Results.Where(result => result.Steps.Count > 0))
        {
            Console.WriteLine(Say(
                $"{result.Model}, {result.Precision}, batch {result.Batch}, {result.Threads} threads: Convoy is the slower one, and its time for a batch went here"));
            Console.WriteLine();
            PrintRows([StepTitles, .. result.Steps.Select(Describe)]);
            Console.WriteLine();
        }

        if (report.Scaling.Count > 0)
        {
            Console.WriteLine("Convoy on more threads against Convoy on fewer, and arithmetic alone, from registers, in the same rounds");
            Console.WriteLine();
            PrintRows([ScalingTitles, .. report.Scaling.Select(Describe)]);
            Console.WriteLine();
        }

        Console.WriteLine(
            """
            Speeds and ratios are medians of alternating turns in one process; pairs are Convoy's figure and ONNX
            Runtime's. Shares count the multiply-adds of direct convolution, and each feature map and weight moved
            once, whatever the engine really did. Memory is the most ever resident, in a process of the engine's
            own (--memory). Weights are those of Convoy's fully connected layers; ONNX Runtime's are fp32. Scores may
            differ by 1e-4 in fp32, and with fp16 and bf16 by 1/256 and 1/32 of the largest. Both engines' threads spin
            within a run and for a while behind it, as they do by default; between turns all rest until none spins.
            Arithmetic alone gains by more threads what the machine has to give at the time.
            """);
    }

    private static string[] Describe(PeersResult result) =>
    [
        result.Model,
        result.Precision,
        Say($"{result.Batch}"),
        Say($"{result.Threads}"),
        Say($"{result.Convoy.ImagesPerSecond.Median:N1}"),
        Say($"{result.OnnxRuntime.ImagesPerSecond.Median:N1}"),
        .. DescribeRatio(result.Ratio),
        Say($"{100 * result.Convoy.PeakShare:F0} % / {100 * result.OnnxRuntime.PeakShare:F0} %"),
        Say($"{100 * result.Convoy.BandwidthShare:F0} % / {100 * result.OnnxRuntime.BandwidthShare:F0} %"),
        .. DescribeMemory(result.Convoy.PeakBytes, result.OnnxRuntime.PeakBytes),
        Say($"{result.MaxDifference:0.0e+0}"),
        Say($"{result.AllowedDifference:0.0e+0}"),
    ];

    private static string[] Describe(ScalingResult result) =>
    [
        result.Model,
        result.Precision,
        Say($"{result.Batch}"),
        Say($"{result.Threads}"),
        Say($"{result.ImagesPerSecond.Median:N1}"),
        Say($"{result.BaseThreads}"),
        Say($"{result.BaseImagesPerSecond.Median:N1}"),
        .. DescribeRatio(result.Ratio),
        .. DescribeRatio(result.ArithmeticRatio),
    ];

    private static string[] Describe(PeersStep step) =>
    [
        step.Name,
        step.Op,
        step.Algorithm,
        Say($"{step.Milliseconds:G3}"),
        Say($"{100 * step.Share:F0} %"),
        Say($"{step.GigaFlopsPerSecond:F0}"),
        Say($"{step.GigaBytesPerSecond:F1}"),
    ];

    private static string[] DescribeRatio(Quartiles ratio) => [Say($"{ratio.Median:F2}"), Say($"{ratio.Lower:F2} to {ratio.Upper:F2}")];

    private static string[] DescribeMemory(long? convoy, long? onnxRuntime) => convoy is null || onnxRuntime is null
        ? ["", ""]
        : [Say($"{convoy / 1e6:F0} / {onnxRuntime / 1e6:F0}"), Say($"{(double)convoy / onnxRuntime:F2}")];

    private static void PrintRows(string[][] rows)
    {
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
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
