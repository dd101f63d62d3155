using System.CommandLine;
using System.Diagnostics;
using Convoy.Cli.Data;
using Convoy.Cli.Measuring;
using Convoy.Cli.Options;
using Convoy.Cli.Output;
using Convoy.Graph;
using Convoy.Imaging;
using Convoy.Runtime;
using Convoy.Weights;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy evaluate</c>: how often a network is right.</summary>
internal sealed class EvaluateCommand : ConvoyCommand
{
    private const int DefaultBatch = 64;

    private readonly Argument<Network> _model = CommonOptions.Model();
    private readonly Option<string> _data = new("--data")
    {
        Description = "A folder with MNIST's IDX files, gzipped or not, or with a folder for each class, named by class index "
            + "or label; with other names there must be one for every class, and they are the classes in the order of their names.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<int?> _limit = OptionFactory.OptionalInteger("--limit", "Take only the first images. [default: all]", 1, int.MaxValue);
    private readonly Option<MnistSplit?> _split = OptionFactory.Choice<MnistSplit?>(
        "--split", "Which of MNIST's digits to take.", ("test", MnistSplit.Test), ("train", MnistSplit.Train));

    private readonly Option<bool> _predictions = new("--predictions")
    {
        Description = "Add each image's class to the JSON, to compare two runs; -1 where there is none.",
    };

    private readonly Option<string?> _labels = CommonOptions.Labels();
    private readonly Option<ImagePreset?> _preset = CommonOptions.Preset();
    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly WeightOptions _weights;
    private readonly ComputeOptions _compute;

    public EvaluateCommand(Terminal terminal)
        : base(
            "evaluate",
            "Measure a network's accuracy on images of known classes.",
            "Top-1 and top-5 are the shares of images whose class is the likeliest, or among the five likeliest. Up to 20 classes, a "
                + "confusion matrix shows which are taken for which (not in CSV). Images that cannot be read are told and not counted; "
                + "the exit code is then 1. Of several devices each takes the next batch when it is free; one that fails is told, and the "
                + "others do its work.",
            "convoy evaluate lenet5 --data mnist --output json",
            terminal)
    {
        Add(_model);
        Add(_data);
        _weights = new WeightOptions(this);
        Add(_limit);
        Add(_split);
        Add(_predictions);
        Add(_labels);
        Add(_preset);
        _compute = new ComputeOptions(this, DefaultBatch, takesSeveralDevices: true);
        Add(_output);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Network network = arguments.GetRequiredValue(_model);
        Device[] devices = _compute.FindDevices(arguments, Terminal);
        ClassLabels labels = ClassLabels.Load(arguments.GetValue(_labels), network);
        LabelledSet set = LabelledSet.Open(
            arguments.GetRequiredValue(_data), network, arguments.GetValue(_split), labels, arguments.GetValue(_preset));
        using WeightSet weights = await _weights.LoadAsync(arguments, network, Terminal, areAnswersMeant: true).ConfigureAwait(false);
        using SessionGroup sessions = await Terminal.Progress
            .RunAsync("Preparing the network", () => _compute.Compile(arguments, network, devices, weights))
            .ConfigureAwait(false);

        var tally = new EvaluationTally((int)network.Output.Shape.Count, arguments.GetValue(_predictions));
        int limit = arguments.GetValue(_limit) ?? int.MaxValue;
        long? total = set.Count is { } count ? Math.Min(count, limit) : null;
        TimeSpan elapsed = await Terminal.Progress
            .RunAsync("Evaluating", total, counter => MeasureAsync(sessions, set, limit, tally, counter, cancellationToken))
            .ConfigureAwait(false);
        if (tally.Images + tally.Errors == 0)
        {
            throw new ConvoyException($"{arguments.GetValue(_data)} holds no images.");
        }

        var document = new EvaluationDocument(
            network.Name,
            sessions.DeviceNames,
            sessions.Precisions,
            tally.Images,
            tally.Top1,
            tally.Top5,
            tally.Images / elapsed.TotalSeconds,
            elapsed.TotalSeconds,
            tally.Errors,
            tally.Confusion,
            tally.Predictions?.ToArray());
        Answer.Write(
            Terminal, arguments.GetValue(_output), document, JsonWriter.Types.EvaluationDocument, [.. CreateReports(document, labels)]);
        return ImageErrors.Conclude(Terminal, tally.Images + tally.Errors, tally.Errors);
    }

    private async Task<TimeSpan> MeasureAsync(
        SessionGroup sessions, LabelledSet set, int limit, EvaluationTally tally, ProgressCounter counter, CancellationToken cancellationToken)
    {
        BatchPipeline<LabelledImage> pipeline = sessions.CreatePipeline<LabelledImage>(set.Read, Terminal);
        var clock = Stopwatch.StartNew();
        await foreach (BatchResult<LabelledImage> result in pipeline.RunAsync(set.Images.Take(limit), cancellationToken).ConfigureAwait(false))
        {
            if (result.Error is { } error)
            {
                tally.AddError();
                Terminal.Error(error.Message);
            }
            else
            {
                tally.Add(result.Scores.Span, result.Item.Label);
            }

            counter.Add(1);
        }

        return clock.Elapsed;
    }

    private static IEnumerable<Report> CreateReports(EvaluationDocument document, ClassLabels labels)
    {
        var summary = new Report(
            Column.Words("model", "model"),
            Column.Words("device", "device"),
            Column.Words("precision", "type"),
            new Column("images", "images"),
            new Column("top1", "top-1", "%"),
            new Column("top5", "top-5", "%"),
            new Column("images_per_second", "images/s"),
            new Column("seconds", "time", "s"),
            new Column("errors", "errors"));
        summary.Rows.Add(
        [
            Cell.Of(document.Model),
            Cell.Of(document.Device),
            Cell.Of(document.Precision),
            Cell.Of(document.Images),
            Cell.Percent(document.Top1),
            Cell.Percent(document.Top5),
            Cell.Significant(document.ImagesPerSecond),
            Cell.Significant(document.Seconds),
            Cell.Of(document.Errors),
        ]);
        yield return summary;
        if (document.Confusion is { } confusion)
        {
            yield return CreateConfusion(confusion, labels);
        }
    }

    private static Report CreateConfusion(int[][] confusion, ClassLabels labels)
    {
        string[] names = [.. confusion.Select((_, index) => labels[index] ?? FormattableString.Invariant($"{index}"))];
        var report = new Report(
        [
            Column.Words("class", "class"),
            .. names.Select(name => new Column(name, name)),
            new Column("recall", "right", "%"),
        ])
        {
            Title = "Rows: what the images show; columns: what they were taken for.",
        };
        report.Rows.AddRange(confusion.Select((row, index) => (Cell[])
        [
            Cell.Of(names[index]),
            .. row.Select(count => count == 0 ? new Cell("·", "0") : Cell.Of(count)),
            row.Sum() == 0 ? Cell.Empty : Cell.Percent((double)row[index] / row.Sum()),
        ]));
        return report;
    }
}
