using System.Runtime.ExceptionServices;
using Convoy.Backends;

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
                + "--precision and --device take lists with commas, and every combination is measured that is possible; of the others a note says why "
                + "they are left out. Ctrl-C ends it with what was measured by then. Memory is the peak of native memory since the "
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

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        model = model.WithOneOutput(Terminal);
        Network network = model.Network;
        BenchCombination[] combinations = TakePossible(CreateCombinations(arguments));
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: false).ConfigureAwait(false);
        var series = new BenchSeries(network, weights, arguments.GetValue(_seconds));
        await Terminal.Progress.RunAsync(new ProgressText($"Measuring {network.Name}", combinations.Length * BenchSeries.Steps), counter =>
        {
            series.Measure(combinations, counter, cancellationToken);
            return Task.FromResult(true);
        }).ConfigureAwait(false);
        if (series is { IsInterrupted: false, Results: [], LeftOut: [var (_, reason), ..] })
        {
            ExceptionDispatchInfo.Throw(reason);
        }

        foreach (string note in series.Notes)
        {
            Terminal.Note(note);
        }

        if (series.Results.Length == 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return Conclude(series, combinations.Length, arguments.GetValue(_output));
    }

    private static int[] DefaultBatchesOf(Device device) => device == Device.Reference ? [1] : DefaultBatches;

    private BenchCombination[] CreateCombinations(ParseResult arguments) =>
    [
        .. from device in ComputeOptions.FindDevices(arguments.GetValue(_devices), Terminal).Distinct()
           from precision in arguments.GetValue(_precisions) is { Length: > 0 } list ? list : [WeightPrecision.Float32]
           from threads in arguments.GetValue(_threads) is { Length: > 0 } list ? list : DefaultThreads
           from batch in arguments.GetValue(_batches) is { Length: > 0 } list ? list : DefaultBatchesOf(device)
           select new BenchCombination(device, new SessionOptions
           {
               BatchSize = batch,
               Threads = threads,
               WeightPrecision = precision,
               ConvolutionAlgorithm = arguments.GetValue(_convolution),
           }),
    ];

    /// <summary>Leaves out what a device refuses, and says so; where it is all, the usage is wrong.</summary>
    private BenchCombination[] TakePossible(BenchCombination[] combinations)
    {
        ILookup<string?, BenchCombination> byRefusal = combinations.ToLookup(each => each.Device.FindRefusal(each.Options));
        BenchCombination[] possible = [.. byRefusal[null]];
        IEnumerable<IGrouping<string?, BenchCombination>> refused = byRefusal.Where(group => group.Key is not null);
        if (possible.Length == 0)
        {
            throw new UsageException(refused.First().Key!);
        }

        foreach (IGrouping<string?, BenchCombination> group in refused)
        {
            Terminal.Note(FormattableString.Invariant($"Left out {group.Count():N0} of {combinations.Length:N0} combinations: {group.Key}"));
        }

        return possible;
    }

    private int Conclude(BenchSeries series, int combinations, OutputFormat format)
    {
        Report report = BenchReport.CreateReport(series.Results);
        string interruption = FormattableString.Invariant(
            $"Interrupted: {series.Results.Length:N0} of {combinations:N0} combinations were measured, the last perhaps for a shorter time than asked for.");
        report.Notes.AddRange(series.IsInterrupted ? [interruption] : []);
        ResultWriter.Write(Terminal, format, series.Results, JsonTypes.Indented.BenchDocumentArray, report);
        return series.IsInterrupted ? InterruptedRun.Conclude(Terminal, interruption, isInResult: format == OutputFormat.Table)
            : series.LeftOut.All(each => each.Reason is UsageException) ? ExitCode.Done
            : ExitCode.Failed;
    }
}
