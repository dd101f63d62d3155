namespace Convoy.Cli.Reports;

/// <summary>What was measured of each combination, as a document and as a row of a table.</summary>
internal static class BenchReport
{
    private const double Megabyte = 1e6;

    private static readonly ReportColumns<BenchDocument> Columns = new ReportColumns<BenchDocument>()
        .Words("model", "model", each => each.Model)
        .Words("device", "device", each => each.Device)
        .Words("precision", "type", each => each.Precision)
        .Count("threads", "threads", each => each.Threads)
        .Count("batch", "batch", each => each.Batch)
        .Number("images_per_second", "images/s", "", each => Cell.Significant(each.ImagesPerSecond))
        .Count("batches_in_flight", "in flight", each => each.BatchesInFlight)
        .Milliseconds("min_ms", "min", each => each.LatencyMs.Min)
        .Milliseconds("p50_ms", "p50", each => each.LatencyMs.P50)
        .Milliseconds("p90_ms", "p90", each => each.LatencyMs.P90)
        .Milliseconds("p99_ms", "p99", each => each.LatencyMs.P99)
        .Milliseconds("max_ms", "max", each => each.LatencyMs.Max)
        .Milliseconds("build_ms", "build", each => each.BuildMs)
        .Milliseconds("first_run_ms", "first", each => each.FirstRunMs)
        .Milliseconds("upload_ms", "upload", each => each.UploadMs)
        .Milliseconds("compute_ms", "compute", each => each.ComputeMs)
        .Milliseconds("download_ms", "download", each => each.DownloadMs)
        .Milliseconds("overlapped_ms", "overlapped", each => each.OverlappedMs)
        .Number("peak_native_bytes", "memory", "MB", each => Cell.Scaled(each.PeakNativeBytes, Megabyte, 1))
        .Number("peak_device_bytes", "device's", "MB", each => each.PeakDeviceBytes is { } bytes ? Cell.Scaled(bytes, Megabyte, 1) : Cell.Empty);

    /// <summary>What was measured of a session.</summary>
    public static BenchDocument CreateDocument(InferenceSession session, BenchRun run, double buildMilliseconds) => new()
    {
        Model = session.Network.Name,
        Device = session.Device.Name,
        DeviceName = session.Device.Description,
        Backend = session.Backend,
        Precision = session.Precision,
        Batch = session.BatchSize,
        Threads = session.Threads,
        ImagesPerSecond = session.BatchSize / run.StreamMilliseconds * 1e3,
        BatchesInFlight = session.BatchesInFlight,
        LatencyMs = new LatencyDocument(run.Quantile(0), run.Quantile(0.5), run.Quantile(0.9), run.Quantile(0.99), run.Quantile(1)),
        BuildMs = buildMilliseconds,
        FirstRunMs = run.FirstRunMilliseconds,
        UploadMs = run.Phases.UploadMilliseconds,
        ComputeMs = run.Phases.ComputeMilliseconds,
        DownloadMs = run.Phases.DownloadMilliseconds,
        OverlappedMs = run.Phases.OverlappedMilliseconds,
        PeakNativeBytes = run.PeakNativeBytes,
        PeakDeviceBytes = session.Device.Memory?.PeakBytes,
        Version = ProductVersion.Version,
        Commit = ProductVersion.Commit,
    };

    /// <summary>A row for each combination, and below them what the devices are.</summary>
    public static Report CreateReport(BenchDocument[] results)
    {
        Report report = Columns.CreateReport(results);
        report.Notes.AddRange(results.Select(result => $"{result.Device}: {result.DeviceName}").Distinct());
        return report;
    }
}
