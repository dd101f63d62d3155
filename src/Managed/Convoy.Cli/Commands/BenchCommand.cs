using System.CommandLine;
using System.Diagnostics;
using Convoy.Backends;
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

    private readonly Option<WeightPrecision[]> _precisions = AlgorithmOptions.PrecisionList();
    private readonly Option<ConvolutionAlgorithm> _convolution = AlgorithmOptions.Convolution();
    private readonly Option<string?> _devices = ComputeOptions.Device();
    private readonly Option<double> _seconds = OptionFactory.Seconds(
        "--seconds", "How long each combination is measured, in seconds, after a tenth of it to warm up; at least 3 runs.", 3600, 2);

    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly WeightOptions _weights;

    public BenchCommand(Terminal terminal)
        : base(
            "bench",
            "Measure a network's speed.",
            "Images a second are those of a stream: batch / median time from one answer to the next, with as many batches "
                + "under way (in flight) as the device takes. Latencies are those of one batch alone, from images to answers, in "
                + "milliseconds. Upload, compute and download are a batch's in such a stream, by the device's clock; overlapped is "
                + "how much of its upload and download ran while another batch computed, which takes a device with memory of its own. --batch, --threads, "
                + "--precision and --device take lists with commas, and every combination is measured. Memory is the peak of native memory since the "
                + "combination's build began, and of the device's where that is counted apart.",
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
        IEnumerable<Device> devices = ComputeOptions.FindDevices(arguments.GetValue(_devices), Terminal).Distinct();
        Combination[] combinations =
        [
            .. from device in devices
               from precision in arguments.GetValue(_precisions) is { Length: > 0 } list ? list : [WeightPrecision.Float32]
               from threads in arguments.GetValue(_threads) is { Length: > 0 } list ? list : DefaultThreads
               from batch in arguments.GetValue(_batches) is { Length: > 0 } list ? list : DefaultBatchesOf(device)
               select new Combination(device, precision, arguments.GetValue(_convolution), threads, batch),
        ];
        Array.ForEach(combinations, each => AlgorithmOptions.ThrowIfRefused(each.Device, each.Precision, each.Convolution));
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
        device.Memory?.ResetPeak();
        long begin = Stopwatch.GetTimestamp();
        using InferenceSession session = ComputeOptions.Compile(network, device, weights, new SessionOptions
        {
            BatchSize = wanted,
            Threads = threads,
            WeightPrecision = precision,
            ConvolutionAlgorithm = convolution,
        });
        double buildMs = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;

        // A device's limits may have split the batch.
        int batch = session.BatchSize;
        string type = AlgorithmOptions.PrecisionOf(session);
        if (earlier.Any(each => each.Device == device.Name && each.Precision == type && each.Threads == session.Threads && each.Batch == batch))
        {
            return null;
        }

        var run = BenchRun.Measure(session, seconds, cancellationToken);
        return new BenchDocument
        {
            Model = network.Name,
            Device = device.Name,
            DeviceName = device.Description,
            Backend = session.Backend,
            Precision = type,
            Batch = batch,
            Threads = session.Threads,
            ImagesPerSecond = batch / run.StreamMilliseconds * 1e3,
            BatchesInFlight = session.BatchesInFlight,
            LatencyMs = new LatencyDocument(run.Quantile(0), run.Quantile(0.5), run.Quantile(0.9), run.Quantile(0.99), run.Quantile(1)),
            BuildMs = buildMs,
            FirstRunMs = run.FirstRunMilliseconds,
            UploadMs = run.Phases.UploadMilliseconds,
            ComputeMs = run.Phases.ComputeMilliseconds,
            DownloadMs = run.Phases.DownloadMilliseconds,
            OverlappedMs = run.Phases.OverlappedMilliseconds,
            PeakNativeBytes = run.PeakNativeBytes,
            PeakDeviceBytes = device.Memory?.PeakBytes,
            Version = ProductVersion.Version,
            Commit = ProductVersion.Commit,
        };
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
            new Column("batches_in_flight", "in flight"),
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
            new Column("overlapped_ms", "overlapped", "ms"),
            new Column("peak_native_bytes", "memory", "MB"),
            new Column("peak_device_bytes", "device's", "MB"));
        report.Rows.AddRange(results.Select(result => (Cell[])
        [
            Cell.Of(result.Model),
            Cell.Of(result.Device),
            Cell.Of(result.Precision),
            Cell.Of(result.Threads),
            Cell.Of(result.Batch),
            Cell.Significant(result.ImagesPerSecond),
            Cell.Of(result.BatchesInFlight),
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
            Cell.Significant(result.OverlappedMs),
            Cell.Scaled(result.PeakNativeBytes, 1e6, 1),
            result.PeakDeviceBytes is { } bytes ? Cell.Scaled(bytes, 1e6, 1) : Cell.Empty,
        ]));
        report.Notes.AddRange(results.Select(result => $"{result.Device}: {result.DeviceName}").Distinct());
        return report;
    }

    private sealed record Combination(
        Device Device, WeightPrecision Precision, ConvolutionAlgorithm Convolution, int Threads, int Batch);
}
