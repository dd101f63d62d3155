using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>A row of a network's table, as papers print it: a layer with the activation behind it and the dropout before it.</summary>
public sealed record SummaryRow
{
    /// <summary>The layer's name: "conv1".</summary>
    public required string Name { get; init; }

    /// <summary>The layer itself.</summary>
    public required Layer Layer { get; init; }

    /// <summary>The rate of the dropout on the layer's input, or null.</summary>
    public float? Dropout { get; init; }

    /// <summary>The activation, softmax or log-softmax on the layer's output ("relu"), or null.</summary>
    public string? Activation { get; init; }

    /// <summary>The same as the tables have it ("ReLU").</summary>
    public string? ActivationTitle { get; init; }

    /// <summary>Filters of a convolution, features of a fully connected layer, or null.</summary>
    public int? Filters { get; init; }

    /// <summary>The window of a convolution or pooling, or null.</summary>
    public Extent2D? Kernel { get; init; }

    /// <summary>The window's step, or null.</summary>
    public Extent2D? Stride { get; init; }

    /// <summary>The padding in numbers, SAME modes worked out, or null.</summary>
    public Padding? Padding { get; init; }

    /// <summary>The output's shape, for one image.</summary>
    public required Shape OutputShape { get; init; }

    /// <summary>How many numbers were trained for the layer and the activation on its output.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-adds for one image.</summary>
    public required long MultiplyAdds { get; init; }

    /// <summary>Bytes of the trained numbers in single precision.</summary>
    public long WeightBytes => Parameters * sizeof(float);

    /// <summary>Bytes of the output for one image in single precision.</summary>
    public long FeatureMapBytes => OutputShape.Count * sizeof(float);

    /// <summary>The name as the tables have it: "dropout 0.5, fc6", "pool1 (max)".</summary>
    public string Title
    {
        get
        {
            string kind = Layer switch
            {
                Pool2D pool => $" ({PoolKinds.TitleOf(pool.Kind)})",
                AdaptivePool2D { Kind: PoolKind.Max } => " (max)",
                _ => "",
            };
            return Dropout is { } rate ? FormattableString.Invariant($"dropout {rate}, {Name}{kind}") : $"{Name}{kind}";
        }
    }
}

/// <summary>A network as a table, derived from its nodes.</summary>
public static class NetworkSummary
{
    /// <summary>The rows, the input first, in the order of the network's nodes.</summary>
    public static ImmutableArray<SummaryRow> Create(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        ILookup<Node, Node> readers = network.Nodes
            .SelectMany(reader => reader.Inputs, (reader, input) => (reader, input))
            .ToLookup(pair => pair.input, pair => pair.reader);
        var rows = new List<SummaryRow>();

        // Where a node's output is described: its own row, or that of the layer it was merged into.
        var rowOf = new Dictionary<Node, int>();
        foreach (Node node in network.Nodes)
        {
            if (IsDropoutOfOneLayer(node, readers))
            {
                continue;
            }

            if (node.Layer is ActivationLayer or Softmax or LogSoftmax && readers[node.Inputs[0]].Count() == 1
                && rowOf.TryGetValue(node.Inputs[0], out int row) && rows[row] is { Activation: null, Layer: not Input })
            {
                rows[row] = rows[row] with
                {
                    Activation = node.Layer.Op,
                    ActivationTitle = TitleOf(node.Layer),
                    Parameters = rows[row].Parameters + node.ParameterCount,
                };
                rowOf[node] = row;
                continue;
            }

            rowOf[node] = rows.Count;
            rows.Add(Describe(node, readers));
        }

        return [.. rows];
    }

    private static string TitleOf(Layer layer) => layer switch
    {
        ActivationLayer activation => activation.Function.Title,
        LogSoftmax => "log-softmax",
        _ => layer.Op,
    };

    private static bool IsDropoutOfOneLayer(Node node, ILookup<Node, Node> readers) =>
        node.Layer is Dropout && readers[node].Count() == 1 && readers[node].First().Layer is Convolution2D or FullyConnected;

    private static SummaryRow Describe(Node node, ILookup<Node, Node> readers)
    {
        var row = new SummaryRow
        {
            Name = node.Name,
            Layer = node.Layer,
            Dropout = node.Inputs.Length == 1 && IsDropoutOfOneLayer(node.Inputs[0], readers)
                ? ((Dropout)node.Inputs[0].Layer).Rate
                : null,
            OutputShape = node.Shape,
            Parameters = node.ParameterCount,
            MultiplyAdds = node.MultiplyAdds,
        };
        return node.Layer switch
        {
            Convolution2D convolution => Describe(row, convolution.Window, node) with { Filters = convolution.Filters },
            Pool2D pool => Describe(row, pool.Window, node),
            Pad2D pad => row with { Padding = pad.Padding },
            FullyConnected connected => row with { Filters = connected.Features },
            _ => row,
        };
    }

    private static SummaryRow Describe(SummaryRow row, SlidingWindow window, Node node) => row with
    {
        Kernel = window.Kernel,
        Stride = window.Stride,
        Padding = window.ResolvePadding(node.InputShapes[0]),
    };
}
