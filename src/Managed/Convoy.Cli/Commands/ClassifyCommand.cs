using Convoy.Cli.Data;
using Convoy.Imaging;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy classify</c>: what images show.</summary>
internal sealed class ClassifyCommand : ModelCommand
{
    private const int DefaultBatch = 32;
    private const int DefaultTop = 5;

    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = $"Images; folders, of which all files in them and below that end in {string.Join(' ', ImagePaths.Extensions)} are read, "
            + "in the order of their names; or patterns with *, ? and ** (any depth), in capitals or not. Hidden files and linked folders are passed over.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<int?> _top = OptionFactory.OptionalInteger(
        "--top", $"Predictions for each image, the likeliest first; no more than there are classes. [default: {DefaultTop}]", 1, int.MaxValue);

    private readonly Option<OutputFormat> _output = OutputOption.Create();
    private readonly WeightOptions _weights;
    private readonly ImageOptions _images;
    private readonly ComputeOptions _compute;

    public ClassifyCommand(Terminal terminal)
        : base(
            "classify",
            "Name what images show.",
            "Results come in the order of the images, while further ones are read. An image that cannot be read is reported and passed over; "
                + $"the exit code is then 1. {ComputeOptions.SharingDetails}",
            "convoy classify alexnet --weights alexnet.safetensors --labels classes.txt photos 'more/**/*.jpg'",
            terminal)
    {
        Add(_paths);
        _weights = new WeightOptions(this);
        Add(_top);
        _images = new ImageOptions(this);
        _compute = new ComputeOptions(this, DefaultBatch, takesSeveralDevices: true);
        Add(_output);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        model = model.WithOneOutput(Terminal).WithProbabilities(Terminal);
        Network network = model.Network;
        int top = TopOf(arguments, network);
        Device[] devices = _compute.FindDevices(arguments, Terminal);
        ClassLabels labels = _images.LoadLabels(arguments, model);
        ImageDecoder decoder = _images.CreateDecoder(arguments, model, Terminal);
        using WeightSet weights = await _weights.LoadAsync(arguments, model, Terminal, needsTrainedOnes: true).ConfigureAwait(false);
        using SessionGroup sessions = await _compute.CompileAsync(arguments, network, devices, weights, Terminal).ConfigureAwait(false);

        var findings = new SearchFindings();
        BatchPipeline<ImagePath> pipeline = sessions.CreatePipeline<ImagePath>((path, image) => path.Decode(decoder, image), Terminal);
        IAsyncEnumerable<BatchResult<ImagePath>> results =
            pipeline.RunAsync(ImagePaths.Expand(arguments.GetRequiredValue(_paths), findings), cancellationToken);
        using var writer = ClassificationWriter.Create(Terminal.Out, arguments.GetValue(_output));

        // Lines that come to the terminal are progress enough.
        (long images, long errors, bool isInterrupted) = Terminal.OutIsTerminal
            ? await WriteAllAsync(new ProgressCounter()).ConfigureAwait(false)
            : await Terminal.Progress.RunAsync(new ProgressText("Classifying", Unit: "images"), WriteAllAsync).ConfigureAwait(false);
        if (decoder.HasDroppedColour)
        {
            ImageErrors.NoteDroppedColour(Terminal, network);
        }

        int exitCode = ImageErrors.Conclude(Terminal, findings, images, errors);
        return isInterrupted
            ? InterruptedRun.Conclude(Terminal, FormattableString.Invariant($"Interrupted after {images:N0} images."), isInResult: false)
            : exitCode;

        async Task<(long Images, long Errors, bool IsInterrupted)> WriteAllAsync(ProgressCounter counter)
        {
            try
            {
                await foreach (BatchResult<ImagePath> result in results.ConfigureAwait(false))
                {
                    if (result.Error is { } error)
                    {
                        counter.AddError();
                        Terminal.Error(error.Message);
                    }

                    writer.Write(CreateDocument(result, top, labels));
                    counter.Add(1);
                }
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return (counter.Done, counter.Errors, true);
            }

            return (counter.Done, counter.Errors, false);
        }
    }

    private int TopOf(ParseResult arguments, Network network)
    {
        int classes = (int)network.Output.Shape.Count;
        return arguments.GetValue(_top) is not { } asked ? Math.Min(DefaultTop, classes)
            : asked <= classes ? asked
            : throw new UsageException(FormattableString.Invariant(
                $"--top is {asked:N0}, but {network.Name} has {classes:N0} classes; ask for {classes:N0} at the most."));
    }

    private static ImageDocument CreateDocument(BatchResult<ImagePath> result, int top, ClassLabels labels)
    {
        if (result.Error is { } error)
        {
            return new ImageDocument(result.Item.Path, null, error.Message);
        }

        ReadOnlyMemory<float> scores = result.Scores;
        PredictionDocument[] predictions =
        [
            .. Ranking.FindTop(scores.Span, top).Select(index => new PredictionDocument(index, labels[index], scores.Span[index])),
        ];
        return new ImageDocument(result.Item.Path, predictions, null);
    }
}
