using System.CommandLine;
using System.Diagnostics;
using Convoy.Backends.Native;
using Convoy.Cli.Measuring;
using Convoy.Cli.Options;
using Convoy.Cli.Output;
using Convoy.Graph;
using Convoy.Memory;
using Convoy.Runtime;
using Convoy.Weights;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy bench</c>: how fast a network is, for every combination of devices, threads and batches.</summary>
internal sealed class BenchCommand : ConvoyCommand
{
    private static readonly int[] DefaultBatches = [1, 8, 64];
    private static readonly int[] DefaultThreads = [0];

    private readonly Argument<Network> _model = CommonOptions.Model();
    private readonly Option<int[]> _batches = OptionFactory.Integers(
        "--batch", $"Images computed at a time. [default: {string.Join(',', DefaultBatches)}; 1 on the reference device]", 1, SessionOptions.MaxBatchSize);

    private readonly Option<int[]> _threads = OptionFactory.Integers(
        "--threads", $"{ComputeOptions.ThreadsDescription} [default: {DefaultThreads[0]}]", 0, SessionOptions.MaxThreads);

    private readonly Option<WeightPrecision[]> _precisions = NativeOptions.PrecisionList();
    private readonly Option<ConvolutionAlgorithm> _convolution = NativeOptions.Convolution();
    private readonly Option<string?> _devices = ComputeOptions.Device();
    private readonly Option<double> _seconds = OptionFactory.Seconds(
        "--seconds", "How long each combination is measured, in seconds, after a tenth of it to warm up; at least 3 runs.", 3600, 2);

    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly WeightOptions _weights;

    public BenchCommand(Terminal terminal)
        : base(
            "bench",
            "Measure a network's speed.",
            "Images a second are batch / median latency; latencies are those of a whole batch, in milliseconds; upload, "
                + "compute and download are those of one more batch, by the device's clock. --batch, --threads, "
                + "--precision and --device take lists with commas, and every combination is measured. Memory is the peak of native memory since the "
                + "combination's build began.",
            "convoy bench alexnet --device native,reference --batch 1,64 --threads 1,2 --seconds 5",
            terminal)
    {
        Add(_model);
        Add(_batches);
        Add(_threads);
        Add(_precisions);
        Add(_convolution);
        _devices.HelpName = "NAME,NAME,...";
        Add(_devices);
        Add(_seconds);
        _weights = new WeightOptions(this);
        Add(_output);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Network network = arguments.GetRequiredValue(_model);
        Device[] devices = arguments.GetValue(_devices) is { } names
            ? [.. names.Split(',').Select(Device.Find).Distinct()]
            : [ComputeOptions.FindDevice(null, Terminal)];
        Combination[] combinations =
        [
            .. from device in devices
               from precision in arguments.GetValue(_precisions) is { Length: > 0 } list ? list : [WeightPrecision.Float32]
               from threads in arguments.GetValue(_threads) is { Length: > 0 } list ? list : DefaultThreads
               from batch in arguments.GetValue(_batches) is { Length: > 0 } list ? list : DefaultBatchesOf(device)
               select new Combination(device, precision, arguments.GetValue(_convolution), threads, batch),
        ];
        Array.ForEach(combinations, each => NativeOptions.ThrowIfRefused(each.Device, each.Precision, each.Convolution));
        using WeightSet weights = await _weights.LoadAsync(arguments, network, Terminal, areAnswersMeant: false).ConfigureAwait(false);
        double seconds = arguments.GetValue(_seconds);
        BenchDocument[] results = await Terminal.Progress
            .RunAsync(
                $"Measuring {network.Name}",
                combinations.Length,
                counter => Task.FromResult(MeasureAll(network, weights, combinations, seconds, counter, cancellationToken)))
            .ConfigureAwait(false);
        Answer.Write(
            Terminal, arguments.GetValue(_output), results, JsonWriter.Types.BenchDocumentArray, CreateReport(results));
        return ExitCode.Done;
    }

    private static int[] DefaultBatchesOf(Device device) => device == Device.Reference ? [1] : DefaultBatches;

    private static BenchDocument[] MeasureAll(
        Network network,
        WeightSet weights,
        Combination[] combinations,
        double seconds,
        ProgressCounter counter,
        CancellationToken cancellationToken)
    {
        var results = new List<BenchDocument>();
        foreach (Combination combination in combinations)
        {
            // A device may have fewer threads than asked for; what it then would do again is left out.
            if (Measure(network, weights, combination, results, seconds, cancellationToken) is { } result)
            {
                results.Add(result);
            }

            counter.Add(1);
        }

        return [.. results];
    }

    private static BenchDocument? Measure(
        Network network,
        WeightSet weights,
        Combination combination,
        List<BenchDocument> earlier,
        double seconds,
        CancellationToken cancellationToken)
    {
        (Device device, WeightPrecision precision, ConvolutionAlgorithm convolution, int threads, int wanted) = combination;
        NativeMemoryPool.Shared.Trim();
        NativeMemoryPool.Shared.ResetPeak();
        long begin = Stopwatch.GetTimestamp();
        using InferenceSession session = ComputeOptions.Compile(network, device, weights, wanted, threads, precision, convolution);
        double buildMs = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;

        // A device's limits may have split the batch.
        int batch = session.BatchSize;
        string type = NativeOptions.PrecisionOf(session);
        if (earlier.Any(each => each.Device == device.Name && each.Precision == type && each.Threads == session.Threads && each.Batch == batch))
        {
            return null;
        }

        var run = BenchRun.Measure(session, seconds, cancellationToken);
        double median = run.Quantile(0.5);
        return new BenchDocument(
            network.Name,
            device.Name,
            device.Description,
            device.Name,
            type,
            batch,
            session.Threads,
            batch / median * 1e3,
            new LatencyDocument(run.Quantile(0), median, run.Quantile(0.9), run.Quantile(0.99), run.Quantile(1)),
            buildMs,
            run.FirstRunMilliseconds,
            run.Profile.UploadMilliseconds,
            run.Profile.ComputeMilliseconds,
            run.Profile.DownloadMilliseconds,
            NativeMemoryPool.Shared.PeakBytes,
            ProductVersion.Version,
            ProductVersion.Commit);
    }

    private static Report CreateReport(BenchDocument[] results)
    {
        var report = new Report(
            Column.Words("model", "model"),
            Column.Words("device", "device"),
            Column.Words("precision", "type"),
            new Column("threads", "threads"),
            new Column("batch", "batch"),
            new Column("images_per_second", "images/s"),
            new Column("min_ms", "min", "ms"),
            new Column("p50_ms", "p50", "ms"),
            new Column("p90_ms", "p90", "ms"),
            new Column("p99_ms", "p99", "ms"),
            new Column("max_ms", "max", "ms"),
            new Column("build_ms", "build", "ms"),
            new Column("first_run_ms", "first", "ms"),
            new Column("upload_ms", "upload", "ms"),
            new Column("compute_ms", "compute", "ms"),
            new Column("download_ms", "download", "ms"),
            new Column("peak_native_bytes", "memory", "MB"));
        report.Rows.AddRange(results.Select(result => (Cell[])
        [
            Cell.Of(result.Model),
            Cell.Of(result.Device),
            Cell.Of(result.Precision),
            Cell.Of(result.Threads),
            Cell.Of(result.Batch),
            Cell.Significant(result.ImagesPerSecond),
            Cell.Significant(result.LatencyMs.Min),
            Cell.Significant(result.LatencyMs.P50),
            Cell.Significant(result.LatencyMs.P90),
            Cell.Significant(result.LatencyMs.P99),
            Cell.Significant(result.LatencyMs.Max),
            Cell.Significant(result.BuildMs),
            Cell.Significant(result.FirstRunMs),
            Cell.Significant(result.UploadMs),
            Cell.Significant(result.ComputeMs),
            Cell.Significant(result.DownloadMs),
            Cell.Scaled(result.PeakNativeBytes, 1e6, 1),
        ]));
        report.Notes.AddRange(results.Select(result => $"{result.Device}: {result.DeviceName}").Distinct());
        return report;
    }

    private sealed record Combination(
        Device Device, WeightPrecision Precision, ConvolutionAlgorithm Convolution, int Threads, int Batch);
}
