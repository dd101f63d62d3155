using System.Diagnostics;
using Convoy.Backends;
using Convoy.Memory;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy bench</c>: how fast a network is, for every combination of devices, threads and batches.</summary>
internal sealed class BenchCommand : ModelCommand
{
    private static readonly int[] DefaultBatches = [1, 8, 64];
    private static readonly int[] DefaultThreads = [0];

    private readonly Option<int[]> _batches = OptionFactory.Integers(
        "--batch", $"Images computed at a time. [default: {string.Join(',', DefaultBatches)}; 1 on the reference device]", 1, SessionOptions.MaxBatchSize);

    private readonly Option<int[]> _threads = OptionFactory.Integers(
        "--threads", $"{ComputeOptions.ThreadsDescription} [default: {DefaultThreads[0]}]", 0, SessionOptions.MaxThreads);

    private readonly Option<WeightPrecision[]> _precisions = AlgorithmOptions.PrecisionList();
    private readonly Option<ConvolutionAlgorithm> _convolution = AlgorithmOptions.Convolution();
    private readonly Option<string?> _devices = ComputeOptions.Device();
    private readonly Option<double> _seconds = OptionFactory.Seconds(
        "--seconds", "How long each combination is measured, in seconds, after a tenth of it to warm up; at least 3 runs.", 3600, 2);

    private readonly Option<OutputFormat> _output = OutputOption.Create();
    private readonly WeightOptions _weights;

    public BenchCommand(Terminal terminal)
        : base(
            "bench",
            "Measure a network's speed.",
            "Images a second are those of a stream: batch / median time from one batch to the next, with as many batches "
                + "under way (in flight) as the device takes. Latencies are those of one batch alone, from images to scores, in "
                + "milliseconds. Upload, compute and download are a batch's in such a stream, by the device's clock; overlapped is "
                + "how much of its upload and download ran while another batch computed, which takes a device with memory of its own. --batch, --threads, "
                + "--precision and --device take lists with commas, and every combination is measured. Memory is the peak of native memory since the "
                + "combination's build began, and of the device's where that is counted apart.",
            "convoy bench alexnet --device native --batch 1,64 --threads 1,2 --seconds 5",
            terminal)
    {
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

    protected override async Task<int> RunAsync(ModelInfo model, Network network, ParseResult arguments, CancellationToken cancellationToken)
    {
        IEnumerable<Device> devices = ComputeOptions.FindDevices(arguments.GetValue(_devices), Terminal).Distinct();
        Combination[] combinations =
        [
            .. from device in devices
               from precision in arguments.GetValue(_precisions) is { Length: > 0 } list ? list : [WeightPrecision.Float32]
               from threads in arguments.GetValue(_threads) is { Length: > 0 } list ? list : DefaultThreads
               from batch in arguments.GetValue(_batches) is { Length: > 0 } list ? list : DefaultBatchesOf(device)
               select new Combination(device, new SessionOptions
               {
                   BatchSize = batch,
                   Threads = threads,
                   WeightPrecision = precision,
                   ConvolutionAlgorithm = arguments.GetValue(_convolution),
               }),
        ];
        Array.ForEach(combinations, each => AlgorithmOptions.ThrowIfRefused(each.Device, each.Options));
        using WeightSet weights = await _weights.LoadAsync(arguments, model, network, Terminal, needsTrainedOnes: false).ConfigureAwait(false);
        double seconds = arguments.GetValue(_seconds);
        BenchDocument[] results = await Terminal.Progress
            .RunAsync(
                $"Measuring {network.Name}",
                combinations.Length,
                counter => Task.FromResult(MeasureAll(network, weights, combinations, seconds, counter, cancellationToken)))
            .ConfigureAwait(false);
        ResultWriter.Write(
            Terminal, arguments.GetValue(_output), results, JsonTypes.Indented.BenchDocumentArray, BenchReport.CreateReport(results));
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
        Device device = combination.Device;
        NativeMemoryPool.Shared.Trim();
        NativeMemoryPool.Shared.ResetPeak();
        device.Memory?.ResetPeak();
        long begin = Stopwatch.GetTimestamp();
        using InferenceSession session = ComputeOptions.Compile(network, device, weights, combination.Options);
        double buildMs = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;

        // A device's limits may have split the batch.
        string type = PrecisionNames.Of(session);
        bool isMeasured = earlier.Any(each =>
            each.Device == device.Name && each.Precision == type && each.Threads == session.Threads && each.Batch == session.BatchSize);
        return isMeasured ? null : BenchReport.CreateDocument(session, BenchRun.Measure(session, seconds, cancellationToken), buildMs);
    }

    private sealed record Combination(Device Device, SessionOptions Options);
}
