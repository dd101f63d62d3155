using System.Diagnostics;
using Convoy.Cli.Data;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy evaluate</c>: how often a network is right.</summary>
internal sealed class EvaluateCommand : ModelCommand
{
    private const int DefaultBatch = 64;

    private readonly Option<bool> _predictions = OptionFactory.Flag(
        "--predictions", "Add each image's class to the JSON, to compare two runs; -1 where there is none.");

    private readonly Option<OutputFormat> _output = OutputOption.Create();
    private readonly DataOptions _data;
    private readonly WeightOptions _weights;
    private readonly ImageOptions _images;
    private readonly ComputeOptions _compute;

    public EvaluateCommand(Terminal terminal)
        : base(
            "evaluate",
            "Measure a network's accuracy on images of known classes.",
            "Top-1 and top-5 are the shares of images whose class is the likeliest, or among the five likeliest. Up to 20 classes, a "
                + "confusion matrix shows which are taken for which (not in CSV). Images that cannot be read are reported and not counted; "
                + "the exit code is then 1. Ctrl-C ends it with what was counted by then, marked as interrupted, and exit code 130. "
                + $"{ComputeOptions.SharingDetails}",
            "convoy evaluate lenet5 --data mnist --output json",
            terminal)
    {
        _data = new DataOptions(this);
        _weights = new WeightOptions(this);
        Add(_predictions);
        _images = new ImageOptions(this);
        _compute = new ComputeOptions(this, DefaultBatch, takesSeveralDevices: true);
        Add(_output);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        model = model.WithOneOutput(Terminal);
        Network network = model.Network;
        OutputFormat format = arguments.GetValue(_output);
        if (arguments.GetValue(_predictions) && format != OutputFormat.Json)
        {
            throw new UsageException("--predictions adds to the JSON alone; ask for that with --output json, or leave it out.");
        }

        Device[] devices = _compute.FindDevices(arguments, Terminal);
        ClassLabels labels = _images.LoadLabels(arguments, model);
        LabelledSet set = Terminal.Progress.Run("Looking for images", () => _data.Open(arguments, model, labels, _images, Terminal));
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: true).ConfigureAwait(false);
        using SessionGroup sessions = await _compute.CompileAsync(arguments, network, devices, weights, Terminal).ConfigureAwait(false);

        var tally = new EvaluationTally((int)network.Output.Shape.Count, arguments.GetValue(_predictions));
        int limit = _data.LimitOf(arguments);
        long? total = set.Count is { } count ? Math.Min(count, limit) : null;
        (TimeSpan elapsed, bool isInterrupted) = await Terminal.Progress
            .RunAsync(new ProgressText("Evaluating", total, "images"), counter => MeasureAsync(sessions, set, limit, tally, counter, cancellationToken))
            .ConfigureAwait(false);
        long images = tally.Images + tally.Errors;
        if (images == 0)
        {
            ImageErrors.Tell(Terminal, set.Findings);
            cancellationToken.ThrowIfCancellationRequested();
            throw new ConvoyException($"{_data.FolderOf(arguments)} holds no images.");
        }

        EvaluationDocument document =
            EvaluationReport.CreateDocument(network.Name, sessions.DeviceNames, sessions.Precisions, tally, elapsed) with { Interrupted = isInterrupted };
        Report[] reports = [.. EvaluationReport.CreateReports(document, labels)];
        string interruption = FormattableString.Invariant($"Interrupted after {images:N0}{(total is null ? "" : $" of {total:N0}")} images.");
        reports[0].Notes.AddRange(isInterrupted ? [interruption] : []);
        ResultWriter.Write(Terminal, format, document, JsonTypes.Indented.EvaluationDocument, reports);
        if (set.HasDroppedColour)
        {
            ImageErrors.NoteDroppedColour(Terminal, network);
        }

        if (tally.IsLikeGuessing && !_weights.AreRandom(arguments, model))
        {
            Terminal.Note(_images.DescribeCausesOfGuessing(arguments, model));
        }

        int exitCode = ImageErrors.Conclude(Terminal, set.Findings, images, tally.Errors);
        return isInterrupted ? InterruptedRun.Conclude(Terminal, interruption, isInResult: format == OutputFormat.Table) : exitCode;
    }

    private async Task<(TimeSpan Elapsed, bool IsInterrupted)> MeasureAsync(
        SessionGroup sessions, LabelledSet set, int limit, EvaluationTally tally, ProgressCounter counter, CancellationToken cancellationToken)
    {
        BatchPipeline<LabelledImage> pipeline = sessions.CreatePipeline<LabelledImage>(set.Read, Terminal);
        var clock = Stopwatch.StartNew();
        try
        {
            await foreach (BatchResult<LabelledImage> result in pipeline.RunAsync(set.Images.Take(limit), cancellationToken).ConfigureAwait(false))
            {
                if (result.Error is { } error)
                {
                    tally.AddError();
                    counter.AddError();
                    Terminal.Error(error.Message);
                }
                else
                {
                    tally.Add(result.Scores.Span, result.Item.Label);
                }

                counter.Add(1);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (clock.Elapsed, true);
        }

        return (clock.Elapsed, false);
    }
}
