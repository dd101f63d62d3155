using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>What was measured of each combination, as a result and as a row of a table.</summary>
internal static class BenchReport
{
    private const double Megabyte = 1e6;

    private const string TooLow =
        "The device's peaks were measured below what batches do: run convoy devices --refresh when the machine has less to do, and measure again.";

    /// <summary>What was measured of a session.</summary>
    public static BenchResult CreateResult(InferenceSession session, BenchRun run, BenchSurroundings around)
    {
        (double low, double median, double high) = Quantiles.Quartiles(run.SliceMilliseconds);
        double imagesPerSecond = ImagesPerSecond(median);
        double? executed = PercentOfPeak(around.ExecutedGigaFlopsAnImage);
        double? roofline = 100 * around.RooflineMilliseconds / median;
        bool isPeakTooLow = executed > DevicePeaks.MostPercentOfPeak;
        bool isRoofTooLow = isPeakTooLow || roofline > DevicePeaks.MostPercentOfPeak;
        StreamProfile? phases = run.Phases is { TimesProblem: null } timed ? timed : null;
        return new BenchResult
        {
            Model = session.Network.Name,
            Device = session.Device.Name,
            DeviceName = session.Device.Description,
            Backend = session.Backend,
            Precision = session.Precision,
            BatchSize = session.BatchSize,
            Threads = session.Threads,
            ImagesPerSecond = imagesPerSecond,
            ImagesPerSecondLow = ImagesPerSecond(high),
            ImagesPerSecondHigh = ImagesPerSecond(low),
            BatchesInFlight = session.BatchesInFlight,
            Latency = new Latencies(run.Quantile(0), run.Quantile(0.5), run.Quantile(0.9), run.Quantile(0.99), run.Quantile(1)),
            BuildMilliseconds = around.BuildMilliseconds,
            FirstRunMilliseconds = run.FirstRunMilliseconds,
            WarmUpMilliseconds = run.WarmUpMilliseconds,
            UploadMilliseconds = phases?.UploadMilliseconds,
            ComputeMilliseconds = phases?.ComputeMilliseconds,
            DownloadMilliseconds = phases?.DownloadMilliseconds,
            OverlappedMilliseconds = phases?.OverlappedMilliseconds,
            PeakNativeBytes = around.PeakNativeBytes,
            PeakDeviceBytes = around.PeakDeviceBytes,
            EffectivePercentOfPeak = isPeakTooLow ? null : PercentOfPeak(around.GigaFlopsAnImage),
            ExecutedPercentOfPeak = isPeakTooLow ? null : executed,
            PercentOfRoofline = isRoofTooLow ? null : roofline,
            PeaksProblem = around.PeaksProblem ?? (isRoofTooLow ? TooLow : null),
            OtherProcessesPercent = run.OthersPercent,
            Runs = run.Milliseconds.Length,
            SliceMilliseconds = [.. run.SliceMilliseconds],
            MemoryGigaBytesPerSecond = [.. run.MemoryRates],
            MemoryGigaBytes = around.MemoryGigaBytes,
            Version = ProductVersion.Version,
            Commit = ProductVersion.Commit,
            MeasuredOn = MeasuredOn.Here(ProductVersion.CommandLine),
            Interrupted = run.IsInterrupted,
        };

        double ImagesPerSecond(double milliseconds) => session.BatchSize / milliseconds * 1e3;

        double? PercentOfPeak(double? gigaFlopsAnImage) => 100 * gigaFlopsAnImage * imagesPerSecond / around.PeakGigaFlopsPerSecond;
    }

    /// <summary>A row for each combination, and below them what the devices are and what the rows say together.</summary>
    public static Report CreateReport(BenchResult[] results, bool isComparison)
    {
        Report report = CreateColumns(isComparison).CreateReport(results);
        report.Notes.AddRange(results.Select(result => $"{result.Device}: {result.DeviceName}").Distinct());
        report.Notes.AddRange(BenchNotes.DescribeBatches(results));
        return report;
    }

    private static ReportColumns<BenchResult> CreateColumns(bool isComparison)
    {
        ReportColumns<BenchResult> columns = new ReportColumns<BenchResult>()
            .Words("model", "model", each => each.Model, Priority.High).AsSetting()
            .Words("device", "device", each => each.Device, Priority.High).AsSetting()
            .Words("precision", "type", each => each.Precision, Priority.High).AsSetting()
            .Count("threads", "threads", each => each.Threads, Priority.High).AsSetting()
            .Count("batch", "batch", each => each.BatchSize, Priority.High)
            .Number("images_per_second", "images/s", "", each => Cell.Significant(each.ImagesPerSecond), Priority.High)
            .Number("images_per_second_low", "low", "", each => Significant(each.ImagesPerSecondLow), Priority.None)
            .Number("images_per_second_high", "high", "", each => Significant(each.ImagesPerSecondHigh), Priority.None)
            .Number("spread_percent", "spread", "%", each => Share(each.SpreadPercent), Priority.High);
        if (isComparison)
        {
            columns
                .Number("images_per_second_before", "before", "", each => each.Comparison is { } comparison ? Cell.Significant(comparison.ImagesPerSecond) : Cell.Empty)
                .Number("change_percent", "change", "%", each => each.Comparison is { } comparison ? Cell.Of(comparison.ChangePercent, 1) : Cell.Empty, Priority.None)
                .Words("verdict", "verdict", each => Describe(each.Comparison), Priority.High);
        }

        return columns
            .Count("batches_in_flight", "in flight", each => each.BatchesInFlight, Priority.Low)
            .Milliseconds("min_ms", "min", each => each.Latency?.Min, Priority.Low)
            .Milliseconds("p50_ms", "p50", each => each.Latency?.P50)
            .Milliseconds("p90_ms", "p90", each => each.Latency?.P90)
            .Milliseconds("p99_ms", "p99", each => each.Latency?.P99)
            .Milliseconds("max_ms", "max", each => each.Latency?.Max, Priority.Low)
            .Milliseconds("build_ms", "build", each => each.BuildMilliseconds, Priority.Low)
            .Milliseconds("first_run_ms", "first", each => each.FirstRunMilliseconds, Priority.Low)
            .Milliseconds("warm_up_ms", "warm-up", each => each.WarmUpMilliseconds, Priority.Low)
            .Milliseconds("upload_ms", "upload", each => each.UploadMilliseconds, Priority.Low)
            .Milliseconds("compute_ms", "compute", each => each.ComputeMilliseconds, Priority.Low)
            .Milliseconds("download_ms", "download", each => each.DownloadMilliseconds, Priority.Low)
            .Milliseconds("overlapped_ms", "overlapped", each => each.OverlappedMilliseconds, Priority.Low)
            .Number("peak_native_bytes", "memory", "MB", each => Megabytes(each.PeakNativeBytes))
            .Number("peak_device_bytes", "device's", "MB", each => Megabytes(each.PeakDeviceBytes), Priority.Low)
            .Number("effective_percent_of_peak", "effective", "%", each => Share(each.EffectivePercentOfPeak))
            .Number("executed_percent_of_peak", "executed", "%", each => Share(each.ExecutedPercentOfPeak))
            .Number("percent_of_roofline", "of roofline", "%", each => Share(each.PercentOfRoofline))
            .Number("other_processes_percent", "others", "%", each => Share(each.OtherProcessesPercent))
            .Count("runs", "runs", each => each.Runs, Priority.Low)
            .Number("memory_gbytes", "through memory", "GB", each => each.MemoryGigaBytes is { } bytes ? Cell.Of(bytes, 3) : Cell.Empty, Priority.None)
            .Words("peaks_problem", "no peaks", each => each.PeaksProblem, Priority.None)
            .Words("device_name", "device's name", each => each.DeviceName, Priority.None)
            .Words("backend", "backend", each => each.Backend, Priority.None)
            .Words("version", "version", each => each.Version, Priority.None)
            .Words("commit", "commit", each => each.Commit, Priority.None);
    }

    private static Cell Describe(SpeedChange? comparison) =>
        comparison is null ? Cell.Empty : new Cell(ChangeNames.Of(comparison), SnakeCase.NameOf(comparison.Change));

    private static Cell Significant(double? number) => number is { } known ? Cell.Significant(known) : Cell.Empty;

    private static Cell Megabytes(long? bytes) => bytes is { } known ? Cell.Scaled(known, Megabyte, 1) : Cell.Empty;

    private static Cell Share(double? percent) => percent is { } share ? Cell.Of(share, 1) : Cell.Empty;
}

/// <summary>What is known of a measured session beside its speed.</summary>
/// <param name="BuildMilliseconds">What compiling took.</param>
/// <param name="PeakNativeBytes">The most native memory that it and its weights took.</param>
/// <param name="PeakDeviceBytes">The most of the device's memory, where that is counted apart.</param>
/// <param name="GigaFlopsAnImage">10^9 operations for an image, convolutions counted as direct ones.</param>
/// <param name="ExecutedGigaFlopsAnImage">10^9 operations executed for an image; null where the backend does not report it.</param>
/// <param name="MemoryGigaBytes">10^9 bytes of a batch that pass through memory; null where it is not known.</param>
/// <param name="RooflineMilliseconds">What a batch would take if each layer were as fast as its roof; null where no peaks were measured.</param>
/// <param name="PeakGigaFlopsPerSecond">10^9 operations a second at the device's measured peak; null where none was measured.</param>
/// <param name="PeaksProblem">Why none was, in a sentence; null where one was, or none is expected.</param>
internal sealed record BenchSurroundings(
    double BuildMilliseconds,
    long PeakNativeBytes,
    long? PeakDeviceBytes,
    double GigaFlopsAnImage,
    double? ExecutedGigaFlopsAnImage,
    double? MemoryGigaBytes,
    double? RooflineMilliseconds,
    double? PeakGigaFlopsPerSecond,
    string? PeaksProblem);
