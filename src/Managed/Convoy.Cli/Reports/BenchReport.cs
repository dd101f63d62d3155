using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>What was measured of each combination, as a document and as a row of a table.</summary>
internal static class BenchReport
{
    private const double Megabyte = 1e6;

    /// <summary>What was measured of a session.</summary>
    public static BenchDocument CreateDocument(InferenceSession session, BenchRun run, BenchSurroundings around)
    {
        (double low, double median, double high) = Quantiles.Quartiles(run.SliceMilliseconds);
        double imagesPerSecond = ImagesPerSecond(median);
        return new BenchDocument
        {
            Model = session.Network.Name,
            Device = session.Device.Name,
            DeviceName = session.Device.Description,
            Backend = session.Backend,
            Precision = session.Precision,
            Batch = session.BatchSize,
            Threads = session.Threads,
            ImagesPerSecond = imagesPerSecond,
            ImagesPerSecondLow = ImagesPerSecond(high),
            ImagesPerSecondHigh = ImagesPerSecond(low),
            BatchesInFlight = session.BatchesInFlight,
            LatencyMs = new LatencyDocument(run.Quantile(0), run.Quantile(0.5), run.Quantile(0.9), run.Quantile(0.99), run.Quantile(1)),
            BuildMs = around.BuildMilliseconds,
            FirstRunMs = run.FirstRunMilliseconds,
            WarmUpMs = run.WarmUpMilliseconds,
            UploadMs = run.Phases.UploadMilliseconds,
            ComputeMs = run.Phases.ComputeMilliseconds,
            DownloadMs = run.Phases.DownloadMilliseconds,
            OverlappedMs = run.Phases.OverlappedMilliseconds,
            PeakNativeBytes = around.PeakNativeBytes,
            PeakDeviceBytes = around.PeakDeviceBytes,
            EffectivePercentOfPeak = PercentOfPeak(around.GigaFlopsAnImage),
            ExecutedPercentOfPeak = PercentOfPeak(around.ExecutedGigaFlopsAnImage),
            OtherProcessesPercent = run.OthersPercent,
            Runs = run.Milliseconds.Length,
            SliceMs = run.SliceMilliseconds,
            Version = ProductVersion.Version,
            Commit = ProductVersion.Commit,
            Interrupted = run.IsInterrupted,
        };

        double ImagesPerSecond(double milliseconds) => session.BatchSize / milliseconds * 1e3;

        double? PercentOfPeak(double? gigaFlopsAnImage) => 100 * gigaFlopsAnImage * imagesPerSecond / around.PeakGigaFlopsPerSecond;
    }

    /// <summary>A row for each combination, and below them what the devices are and what the rows say together.</summary>
    public static Report CreateReport(BenchDocument[] results, bool isComparison)
    {
        Report report = CreateColumns(isComparison).CreateReport(results);
        report.Notes.AddRange(results.Select(result => $"{result.Device}: {result.DeviceName}").Distinct());
        report.Notes.AddRange(BenchNotes.DescribeBatches(results));
        return report;
    }

    private static ReportColumns<BenchDocument> CreateColumns(bool isComparison)
    {
        ReportColumns<BenchDocument> columns = new ReportColumns<BenchDocument>()
            .Words("model", "model", each => each.Model, Priority.High)
            .Words("device", "device", each => each.Device, Priority.High)
            .Words("precision", "type", each => each.Precision, Priority.High)
            .Count("threads", "threads", each => each.Threads, Priority.High)
            .Count("batch", "batch", each => each.Batch, Priority.High)
            .Number("images_per_second", "images/s", "", each => Cell.Significant(each.ImagesPerSecond), Priority.High)
            .Number("images_per_second_low", "low", "", each => Cell.Significant(each.ImagesPerSecondLow), Priority.None)
            .Number("images_per_second_high", "high", "", each => Cell.Significant(each.ImagesPerSecondHigh), Priority.None)
            .Number("spread_percent", "spread", "%", each => Cell.Of(BenchNotes.SpreadPercent(each), 1), Priority.High);
        if (isComparison)
        {
            columns
                .Number("images_per_second_before", "before", "", each => each.Comparison is { } comparison ? Cell.Significant(comparison.ImagesPerSecond) : Cell.Empty)
                .Number("change_percent", "change", "%", each => each.Comparison is { } comparison ? Cell.Of(comparison.ChangePercent, 1) : Cell.Empty, Priority.None)
                .Words("verdict", "verdict", each => Describe(each.Comparison), Priority.High);
        }

        return columns
            .Count("batches_in_flight", "in flight", each => each.BatchesInFlight, Priority.Low)
            .Milliseconds("min_ms", "min", each => each.LatencyMs.Min, Priority.Low)
            .Milliseconds("p50_ms", "p50", each => each.LatencyMs.P50)
            .Milliseconds("p90_ms", "p90", each => each.LatencyMs.P90)
            .Milliseconds("p99_ms", "p99", each => each.LatencyMs.P99)
            .Milliseconds("max_ms", "max", each => each.LatencyMs.Max, Priority.Low)
            .Milliseconds("build_ms", "build", each => each.BuildMs, Priority.Low)
            .Milliseconds("first_run_ms", "first", each => each.FirstRunMs, Priority.Low)
            .Milliseconds("warm_up_ms", "warm-up", each => each.WarmUpMs, Priority.Low)
            .Milliseconds("upload_ms", "upload", each => each.UploadMs, Priority.Low)
            .Milliseconds("compute_ms", "compute", each => each.ComputeMs, Priority.Low)
            .Milliseconds("download_ms", "download", each => each.DownloadMs, Priority.Low)
            .Milliseconds("overlapped_ms", "overlapped", each => each.OverlappedMs, Priority.Low)
            .Number("peak_native_bytes", "memory", "MB", each => Cell.Scaled(each.PeakNativeBytes, Megabyte, 1))
            .Number("peak_device_bytes", "device's", "MB", each => each.PeakDeviceBytes is { } bytes ? Cell.Scaled(bytes, Megabyte, 1) : Cell.Empty, Priority.Low)
            .Number("effective_percent_of_peak", "effective", "%", each => Share(each.EffectivePercentOfPeak))
            .Number("executed_percent_of_peak", "executed", "%", each => Share(each.ExecutedPercentOfPeak))
            .Number("other_processes_percent", "others", "%", each => Share(each.OtherProcessesPercent))
            .Count("runs", "runs", each => each.Runs, Priority.Low);
    }

    private static Cell Describe(ComparisonDocument? comparison) =>
        comparison is null ? Cell.Empty : new Cell(BenchComparison.Describe(comparison), SnakeCase.NameOf(comparison.Verdict));

    private static Cell Share(double? percent) => percent is { } share ? Cell.Of(share, 1) : Cell.Empty;
}

/// <summary>What is known of a measured session beside its speed.</summary>
/// <param name="BuildMilliseconds">What compiling took.</param>
/// <param name="PeakNativeBytes">The most native memory that it and its weights took.</param>
/// <param name="PeakDeviceBytes">The most of the device's memory, where that is counted apart.</param>
/// <param name="GigaFlopsAnImage">10^9 operations for an image, convolutions counted as direct ones.</param>
/// <param name="ExecutedGigaFlopsAnImage">10^9 operations executed for an image; null where the backend does not tell.</param>
/// <param name="PeakGigaFlopsPerSecond">10^9 operations a second at the device's measured peak; null where none was measured.</param>
internal sealed record BenchSurroundings(
    double BuildMilliseconds,
    long PeakNativeBytes,
    long? PeakDeviceBytes,
    double GigaFlopsAnImage,
    double? ExecutedGigaFlopsAnImage,
    double? PeakGigaFlopsPerSecond);
