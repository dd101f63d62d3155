using System.Runtime.ExceptionServices;
using System.Text;
using Convoy.Files;
using Convoy.Profiling;
using Convoy.Profiling.Pages;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy bench</c>: how fast a network is, for every combination of devices, precisions, threads and batches.</summary>
internal sealed class BenchCommand : ModelCommand
{
    private const double DefaultSeconds = 2;

    private static readonly string[] Paragraphs =
    [
        "--batch, --threads, --precision and --device take lists with commas, the first two ranges too: 1-4, 8-64+8 in steps, 1-64*2 in powers. Every combination is measured that is possible; of the others a note says why they are left out.",
        "All are measured by turns, in ten slices of the time, as far as memory has room for them side by side, so that a slow minute falls on all alike. Before, each runs until its times are no longer falling, or for half that time. Ctrl-C ends it with what was measured by then, if only the warm-up.",
        "images/s: those of a stream, batch / median time from one batch to the next, with as many batches under way (in flight) as the device takes; spread: the distance of the slices' quartiles.",
        "p50, p90, p99: what one batch alone takes from images to scores, in milliseconds.",
        "upload, compute, download: a batch's in such a stream, by the device's clock; overlapped: how much of its upload and download ran while another batch computed, which takes a device with memory of its own.",
        "memory: the peak of native memory that the combination took, with all batches under way; the device's where that is counted apart.",
        "effective, executed: shares of the measured arithmetic peak, convolutions counted as direct ones or as computed; of roofline: what a batch would take if each layer were as fast as its roof, the measured peak of arithmetic or of memory, of what it takes.",
        "others: what other processes took of the cores.",
        "--compare calls faster or slower what differs by more than 5 % in the fastest run, the lower quartile and the median, and by more than the spread and other processes explain. What the machine's memory explains, which is read for some milliseconds before each slice, is no difference, and marked (memory speed).",
    ];

    // More than the largest sweep needs.
    private const int MostFileBytes = 64 << 20;

    private readonly Option<double> _seconds = OptionFactory.Seconds(
        "--seconds", "How long each combination is measured, in seconds; at least 3 runs.", 3600, DefaultSeconds);

    private readonly Option<int?> _iterations = OptionFactory.OptionalInteger(
        "--iterations", "How many runs of each combination are measured, instead of --seconds.", 1, 1_000_000);

    private readonly Option<string?> _earlier = new("--compare")
    {
        Description = "An earlier result, written with --output json: says of each combination whether it is faster or slower than in that.",
        HelpName = "OLD.json",
    };

    private readonly Option<OutputFormat> _output = OutputOption.CreateWithPage();
    private readonly BenchSweep _sweep;
    private readonly WeightOptions _weights;

    public BenchCommand(Terminal terminal)
        : base(
            "bench",
            "Measure a network's speed.",
            string.Join('\n', Paragraphs),
            "convoy bench alexnet --device native --batch 1-64*4 --threads 1,2 --seconds 5",
            terminal)
    {
        _sweep = new BenchSweep(this);
        Add(_seconds);
        Add(_iterations);
        Add(_earlier);
        _weights = new WeightOptions(this);
        Add(_output);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        model = model.WithOneOutput(Terminal);
        Network network = model.Network;
        BenchLength length = LengthOf(arguments);
        BenchCombination[] combinations = _sweep.Read(arguments, Terminal);
        IReadOnlyList<BenchResult>? earlier = arguments.GetValue(_earlier) is { } file ? ReadResults(file) : null;
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: false).ConfigureAwait(false);
        using var series = new BenchSeries(network, weights, length);
        await Terminal.Progress.RunAsync(new ProgressText($"Measuring {network.Name}", combinations.Length * BenchSeries.Steps, Failure: "failed combination"), counter =>
        {
            series.Measure(combinations, counter, cancellationToken);
            return Task.FromResult(true);
        }).ConfigureAwait(false);
        if (series is { IsInterrupted: false, Results: [], LeftOut: [var (_, reason), ..] })
        {
            series.ThrowIfNoDeviceBegins();
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

        BenchResult[] results = series.Results;
        if (earlier is not null)
        {
            var comparison = BenchComparison.Compare(results, earlier, arguments.GetValue(_earlier)!);
            results = [.. comparison.Results];
            Array.ForEach([.. comparison.Notes], Terminal.Note);
        }

        return Conclude(series, results, combinations.Length, arguments);
    }

    private static IReadOnlyList<BenchResult> ReadResults(string file)
    {
        try
        {
            using Stream stream = RegularFile.Open(file, MostFileBytes);
            return BenchJson.Read(stream);
        }
        catch (InvalidDataException e)
        {
            throw new ConvoyException($"{file} is no result that --compare reads: {e.Message} Make one with 'convoy bench MODEL --output json'.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConvoyException($"{file} cannot be compared with ({e.Message.TrimEnd('.')}); name a file that 'convoy bench --output json' wrote.", e);
        }
    }

    private BenchLength LengthOf(ParseResult arguments)
    {
        if (arguments.GetValue(_iterations) is not { } runs)
        {
            return new BenchLength(arguments.GetValue(_seconds));
        }

        return arguments.GetResult(_seconds) is { Implicit: false }
            ? throw new UsageException("--seconds and --iterations both say how long to measure; give one of them.")
            : new BenchLength(DefaultSeconds, runs);
    }

    private int Conclude(BenchSeries series, BenchResult[] results, int combinations, ParseResult arguments)
    {
        OutputFormat format = arguments.GetValue(_output);
        Report report = BenchReport.CreateReport(results, isComparison: arguments.GetValue(_earlier) is not null);
        string interruption = FormattableString.Invariant(
            $"Interrupted: {results.Count(each => !each.Interrupted):N0} of {combinations:N0} combinations were measured, and {results.Count(each => each.Interrupted):N0} for a shorter time than asked for.");
        string[] warnings = [.. BenchNotes.DescribePeaks(results), .. BenchNotes.DescribeNoise(results)];
        report.Notes.AddRange(warnings);
        report.Notes.AddRange(series.IsInterrupted ? [interruption] : []);
        if (format == OutputFormat.Html)
        {
            WritePage(results);
        }
        else
        {
            ResultWriter.Write(Terminal, format, results, BenchJson.TypeInfo, report);
        }

        if (format != OutputFormat.Table)
        {
            Array.ForEach(warnings, Terminal.Note);
        }

        return series.IsInterrupted ? InterruptedRun.Conclude(Terminal, interruption, isInResult: format == OutputFormat.Table)
            : series.LeftOut.All(each => each.Reason is UsageException) ? ExitCode.Done
            : ExitCode.Failed;
    }

    private void WritePage(BenchResult[] results)
    {
        using var page = new MemoryStream();
        BenchPage.Write(page, results);
        Terminal.Out.Write(Encoding.UTF8.GetString(page.ToArray()));
    }
}
