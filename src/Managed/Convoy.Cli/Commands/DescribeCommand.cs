using System.Globalization;
using Convoy.Layers;
using Convoy.ModelFiles;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy describe</c>: a network's layer table.</summary>
internal sealed class DescribeCommand : ModelCommand
{
    private const double Million = 1e6;
    private const int DefaultBatch = 64;

    private readonly Option<OutputFormat> _output = OutputOption.Create();
    private readonly ComputeOptions _compute;

    public DescribeCommand(Terminal terminal)
        : base(
            "describe",
            "Print a network's layers with shapes, parameters and cost, or the tensors of a weights file.",
            "Of a file of weights the tensors are listed, with the names that a map of names (--map) gives others. Multiply-adds (MACs) and bytes are those of one image, in single precision. Shapes are channels x height x width. "
                + "With --device, or another option of compiling, the network is compiled with random weights, and the table says how "
                + "each layer is computed there, why so where there are several ways (costs by the model relative to the first), and "
                + "the bytes of its packed weights.",
            "convoy describe alexnet --device native --batch 64",
            terminal,
            ", or weights of any kind that is read")
    {
        _compute = new ComputeOptions(this, DefaultBatch);
        Add(_output);
    }

    protected override async Task<int> RunAsync(SelectedModel model, ParseResult arguments, CancellationToken cancellationToken)
    {
        Network network = model.Network;
        SummaryRow[] rows = [.. NetworkSummary.Create(network)];
        if (_compute.AreGiven(arguments))
        {
            await DescribeCompiledAsync(arguments, model, rows).ConfigureAwait(false);
            return ExitCode.Done;
        }

        ResultWriter.Write(
            Terminal, arguments.GetValue(_output), CreateDocument(model, rows), JsonTypes.Indented.NetworkDocument, CreateReport(model, rows, CreateColumns()));
        return ExitCode.Done;
    }

    protected override int RunOnWeights(string path, ParseResult arguments, ModelFileException refusal)
    {
        if (_compute.AreGiven(arguments))
        {
            throw new UsageException($"{path} holds weights and no network to compile; leave the options of compiling out, or name a model.");
        }

        using WeightSet weights = Terminal.Progress.Run("Reading weights", () => WeightSet.Open(path));
        WeightsDocument document = WeightsReport.CreateDocument(weights);
        ResultWriter.Write(Terminal, arguments.GetValue(_output), document, JsonTypes.Indented.WeightsDocument, WeightsReport.Create(document));
        return ExitCode.Done;
    }

    private async Task DescribeCompiledAsync(ParseResult arguments, SelectedModel model, SummaryRow[] rows)
    {
        Network network = model.Network;
        Device device = _compute.FindDevice(arguments, Terminal);
        using WeightSet weights = await WeightOptions.CreateRandomAsync(network, WeightOptions.DefaultSeed, Terminal).ConfigureAwait(false);
        using InferenceSession session = await _compute.CompileAsync(arguments, network, device, weights, Terminal).ConfigureAwait(false);
        NetworkDocument bare = CreateDocument(model, rows);
        NetworkDocument document = bare with
        {
            Device = session.Device.Name,
            Precision = session.Precision,
            Batch = session.BatchSize,
            Layers = [.. bare.Layers.Select(layer => Complete(layer, FindStep(session, layer.Name)))],
        };
        ReportColumns<SummaryRow> columns = CreateColumns()
            .Words("algorithm", "algorithm", row => FindStep(session, row.Name)?.Algorithm, Priority.High)
            .Number("packed_bytes", "packed", "MB", row => FindStep(session, row.Name) is { PackedBytes: > 0 } step && BeginsWith(step, row.Name)
                ? Cell.Scaled(step.PackedBytes, Million, 3)
                : Cell.Empty)
            .Words("choice", "choice", row => FindStep(session, row.Name)?.Choice);
        Report report = CreateReport(model, rows, columns);
        report.Total = [.. report.Total!, Cell.Empty, Cell.Scaled(session.PackedBytes, Million, 3), Cell.Empty];
        report.Notes.Add(FormattableString.Invariant(
            $"Compiled for '{session.Device}' ({session.Device.Description}), {document.Precision}, {session.BatchSize:N0} images at a time."));
        report.Notes.AddRange(AlgorithmNotes.Of(session.Steps.Select(step => step.Algorithm)));
        ResultWriter.Write(Terminal, arguments.GetValue(_output), document, JsonTypes.Indented.NetworkDocument, report);
    }

    private static NetworkDocument CreateDocument(SelectedModel model, SummaryRow[] rows) => new(
        model.Name,
        [.. model.Network.Input.Shape.Extents],
        [.. model.File.Inputs.Select(CreateDocument)],
        [.. model.File.Outputs.Select(CreateDocument)],
        model.Network.ParameterCount,
        model.Network.MultiplyAdds,
        [.. rows.Where(row => row.Layer is not Input).Select(CreateDocument)],
        NetworkFile.Describe(model.Network));

    private static PortDocument CreateDocument(ModelPort port) => new(port.Name, [.. port.Extents], port.HasBatch, port.IsChannelsLast);

    /// <summary>The step that computes a layer: its own, or a chain of several; null where the layer is a part of another.</summary>
    private static StepInfo? FindStep(InferenceSession session, string layer) =>
        session.Steps.FirstOrDefault(step => step.IsChain ? step.Layers.Contains(layer) : BeginsWith(step, layer));

    /// <summary>Whether the layer is the step's first, with which a chain's weights are reported.</summary>
    private static bool BeginsWith(StepInfo step, string layer) => step.Layers is [string first, ..] && first == layer;

    private static LayerDocument Complete(LayerDocument layer, StepInfo? step) =>
        layer with
        {
            Algorithm = step?.Algorithm,
            Choice = step?.Choice,
            PackedBytes = step is null || BeginsWith(step, layer.Name) ? step?.PackedBytes : 0,
        };

    private static ReportColumns<SummaryRow> CreateColumns() => new ReportColumns<SummaryRow>()
        .Words("layer", "layer", row => new Cell(row.Title, row.Name))
        .Number("filters", "filters", "", row => Cell.Of(row.Filters?.ToString(CultureInfo.InvariantCulture)), Priority.Low)
        .Number("kernel", "kernel", "", row => Cell.Of(row.Kernel?.ToString()))
        .Number("stride", "stride", "", row => Cell.Of(FormatStride(row.Stride)), Priority.Low)
        .Number("padding", "pad", "", row => Cell.Of(row.Padding?.ToString()), Priority.Low)
        .Number("output", "output C x H x W", "", row => Cell.Of(row.OutputShape.ToTableString()), Priority.High)
        .Words("activation", "activation", row => row.ActivationTitle)
        .Count("parameters", "parameters", row => row.Parameters == 0 ? null : row.Parameters, Priority.High)
        .Number("macs", "MACs", "M", row => OfMillions(row.MultiplyAdds))
        .Number("weight_bytes", "weights", "MB", row => OfMillions(row.WeightBytes), Priority.Low)
        .Number("feature_map_bytes", "feature map", "KB", row => Cell.Scaled(row.FeatureMapBytes, 1e3, 1), Priority.Low);

    private static Report CreateReport(SelectedModel model, SummaryRow[] rows, ReportColumns<SummaryRow> columns)
    {
        Network network = model.Network;
        Report report = columns.CreateReport(rows);
        report.Total =
        [
            Cell.Of("total"),
            .. Enumerable.Repeat(Cell.Empty, 6),
            Cell.Of(network.ParameterCount),
            Cell.Scaled(network.MultiplyAdds, Million, 3),
            Cell.Scaled(rows.Sum(row => row.WeightBytes), Million, 3),
            Cell.Scaled(rows.Sum(row => row.FeatureMapBytes), 1e3, 1),
        ];
        report.Notes.Add($"{(model.File.Inputs.Length == 1 ? "Input" : "Inputs")}: {PortText.Describe(model.File.Inputs)}");
        report.Notes.Add($"{(model.File.Outputs.Length == 1 ? "Output" : "Outputs")}: {PortText.Describe(model.File.Outputs)}");
        return report;
    }

    private static Cell OfMillions(long value) => value == 0 ? Cell.Empty : Cell.Scaled(value, Million, 3);

    private static string? FormatStride(Extent2D? stride) =>
        stride is { } step && step.Height == step.Width ? FormattableString.Invariant($"{step.Height}") : stride?.ToString();

    private static LayerDocument CreateDocument(SummaryRow row) => new(
        row.Name,
        row.Layer.Op,
        row.Dropout,
        row.Filters,
        ToArray(row.Kernel),
        ToArray(row.Stride),
        row.Padding is { } padding ? [padding.Top, padding.Left, padding.Bottom, padding.Right] : null,
        [.. row.OutputShape.Extents],
        row.Activation,
        row.Parameters,
        row.MultiplyAdds,
        row.WeightBytes,
        row.FeatureMapBytes);

    private static int[]? ToArray(Extent2D? extent) => extent is { } known ? [known.Height, known.Width] : null;
}
