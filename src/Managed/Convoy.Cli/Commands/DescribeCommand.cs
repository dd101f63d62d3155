using System.CommandLine;
using Convoy.Cli.Options;
using Convoy.Cli.Output;
using Convoy.Graph;
using Convoy.Layers;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy describe</c>: a network's layer table.</summary>
internal sealed class DescribeCommand : ConvoyCommand
{
    private const double Million = 1e6;

    private readonly Argument<Network> _model = CommonOptions.Model();
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

    public DescribeCommand(Terminal terminal)
        : base(
            "describe",
            "Print a network's layers with shapes, parameters and cost.",
            "Multiply-adds (MACs) and bytes are those of one image, in single precision. JSON has shapes as channels, height, width.",
            "convoy describe alexnet --output md",
            terminal)
    {
        Add(_model);
        Add(_output);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Network network = arguments.GetRequiredValue(_model);
        SummaryRow[] rows = [.. NetworkSummary.Create(network)];
        var document = new NetworkDocument(
            network.Name,
            [.. network.Input.Shape.Extents],
            network.ParameterCount,
            network.MultiplyAdds,
            [.. rows.Where(row => row.Layer is not Input).Select(CreateDocument)]);
        Answer.Write(Terminal, arguments.GetValue(_output), document, JsonWriter.Types.NetworkDocument, CreateReport(network, rows));
        return Task.FromResult(ExitCode.Done);
    }

    private static Report CreateReport(Network network, SummaryRow[] rows)
    {
        var report = new Report(
            Column.Words("layer", "layer"),
            new Column("filters", "filters"),
            new Column("kernel", "kernel"),
            new Column("stride", "stride"),
            new Column("padding", "pad"),
            new Column("output", "output H x W x C"),
            Column.Words("activation", "activation"),
            new Column("parameters", "parameters"),
            new Column("macs", "MACs", "M"),
            new Column("weight_bytes", "weights", "MB"),
            new Column("feature_map_bytes", "feature map", "KB"));
        report.Rows.AddRange(rows.Select(CreateRow));
        report.Total =
        [
            Cell.Of("total"),
            .. Enumerable.Repeat(Cell.Empty, 6),
            Cell.Of(network.ParameterCount),
            Cell.Scaled(network.MultiplyAdds, Million, 3),
            Cell.Scaled(rows.Sum(row => row.WeightBytes), Million, 3),
            Cell.Scaled(rows.Sum(row => row.FeatureMapBytes), 1e3, 1),
        ];
        return report;
    }

    private static Cell[] CreateRow(SummaryRow row) =>
    [
        Cell.Of(row.Title),
        row.Filters is { } filters ? Cell.Of(FormattableString.Invariant($"{filters}")) : Cell.Empty,
        Cell.Of(row.Kernel?.ToString()),
        Cell.Of(FormatStride(row.Stride)),
        Cell.Of(row.Padding?.ToString()),
        Cell.Of(row.OutputShape.ToTableString()),
        Cell.Of(row.Activation == "relu" ? "ReLU" : row.Activation),
        row.Parameters == 0 ? Cell.Empty : Cell.Of(row.Parameters),
        row.MultiplyAdds == 0 ? Cell.Empty : Cell.Scaled(row.MultiplyAdds, Million, 3),
        row.WeightBytes == 0 ? Cell.Empty : Cell.Scaled(row.WeightBytes, Million, 3),
        Cell.Scaled(row.FeatureMapBytes, 1e3, 1),
    ];

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
