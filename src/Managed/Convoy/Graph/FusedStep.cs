using System.Collections.Immutable;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Graph;

/// <summary>
/// What a backend is asked to prepare: a layer together with the activation (and folded batch normalisation) behind it,
/// and the pooling behind those where the backend takes it.
/// Values are numbered within the <see cref="StepGraph"/> the step belongs to.
/// </summary>
public sealed record FusedStep
{
    /// <summary>The name of the layer that does the work: "conv1".</summary>
    public required string Name { get; init; }

    /// <summary>The layer that does the work.</summary>
    public required Layer Layer { get; init; }

    /// <summary>The activation applied to each element of the output.</summary>
    public Activation Activation { get; init; }

    /// <summary>The pooling over the activated output, or null; only where the backend said that it takes it.</summary>
    public Pool2D? Pool { get; init; }

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

    /// <summary>The shape of the layer's own output, before the pooling that the step may do too, for one image.</summary>
    public Shape UnpooledShape => Pool is null ? OutputShape : Layer.InferShape(InputShapes.AsSpan());

    /// <summary>Multiply-adds for one image.</summary>
    public long MultiplyAdds => Layer.CountMultiplyAdds(InputShapes.AsSpan(), UnpooledShape);

    /// <summary>The operation as tables show it: "conv+relu", "conv+tanh+avgpool".</summary>
    public string Op
    {
        get
        {
            string activation = Activation == Activation.None || Layer is ActivationLayer ? "" : $"+{new ActivationLayer(Activation).Op}";
            return $"{Layer.Op}{activation}{(Pool is null ? "" : $"+{Pool.Op}")}";
        }
    }

    /// <summary>The node whose weights the layer has, or null where it has none of its own.</summary>
    public Node? WeightNode => Nodes.FirstOrDefault(node => node.Layer is Convolution2D or FullyConnected);

    /// <summary>The batch normalisation folded into the step, or null.</summary>
    public Node? NormalizationNode => Nodes.FirstOrDefault(node => node.Layer is BatchNormalization);
}

/// <summary>A feature map between steps.</summary>
/// <param name="Shape">Its shape, for one image.</param>
/// <param name="Lifetime">The steps between which it must be kept.</param>
public readonly record struct StepValue(Shape Shape, Lifetime Lifetime);
