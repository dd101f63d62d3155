using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>
/// A layer together with the activation (and folded batch normalisation) behind it: what every backend can compute at
/// once. Pooling stays a step of its own; a backend that pools as it stores takes both steps in one region.
/// Values are numbered within the <see cref="StepGraph"/> the step belongs to.
/// </summary>
internal sealed record FusedStep
{
    /// <summary>The name of the layer that does the work: "conv1".</summary>
    public required string Name { get; init; }

    /// <summary>The layer that does the work.</summary>
    public required Layer Layer { get; init; }

    /// <summary>The activation applied to each element of the output.</summary>
    public Activation Activation { get; init; }

    /// <summary>The graph's nodes the step stands for, in order.</summary>
    public required ImmutableArray<Node> Nodes { get; init; }

    /// <summary>The values the step reads.</summary>
    public required ImmutableArray<int> Inputs { get; init; }

    /// <summary>The value the step writes.</summary>
    public required int Output { get; init; }

    /// <summary>The shapes of its inputs, for one image.</summary>
    public required ImmutableArray<Shape> InputShapes { get; init; }

    /// <summary>The shape of its output, for one image.</summary>
    public required Shape OutputShape { get; init; }

    /// <summary>Multiply-adds for one image.</summary>
    public long MultiplyAdds => Layer.CountMultiplyAdds(InputShapes.AsSpan(), OutputShape);

    /// <summary>The operation as tables show it: "conv+relu".</summary>
    public string Op =>
        Activation == Activation.None || Layer is ActivationLayer ? Layer.Op : $"{Layer.Op}+{Activation.Name}";

    /// <summary>The node whose weights the layer has, or null where it has none of its own.</summary>
    public Node? WeightNode => Nodes.FirstOrDefault(node => node.Layer is Convolution2D or FullyConnected or InstanceNormalization);

    /// <summary>The node whose trained slopes the activation has, or null where it has none.</summary>
    public Node? SlopesNode => Nodes.FirstOrDefault(node => node.Layer is ActivationLayer { Function.HasSlopes: true });

    /// <summary>The batch normalisation folded into the step, or null.</summary>
    public Node? NormalizationNode => Nodes.FirstOrDefault(node => node.Layer is BatchNormalization);
}
