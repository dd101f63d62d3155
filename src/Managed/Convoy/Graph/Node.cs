using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>A layer in its place in a network: named, connected, its shapes known.</summary>
public sealed class Node
{
    internal Node(string name, Layer layer, ImmutableArray<Node> inputs, Shape shape)
    {
        Name = name;
        Layer = layer;
        Inputs = inputs;
        Shape = shape;
        InputShapes = [.. inputs.Select(input => input.Shape)];
        Parameters = layer.GetParameters(InputShapes.AsSpan());
        MultiplyAdds = layer.CountMultiplyAdds(InputShapes.AsSpan(), shape);
    }

    /// <summary>The name, unique within the network: "conv1".</summary>
    public string Name { get; }

    /// <summary>What the node computes.</summary>
    public Layer Layer { get; }

    /// <summary>The nodes whose outputs it reads, in order.</summary>
    public ImmutableArray<Node> Inputs { get; }

    /// <summary>The shapes of its inputs, for one image.</summary>
    public ImmutableArray<Shape> InputShapes { get; }

    /// <summary>The shape of its output, for one image.</summary>
    public Shape Shape { get; }

    /// <summary>Its trained tensors, named as within the layer.</summary>
    public ImmutableArray<LayerParameter> Parameters { get; }

    /// <summary>How many numbers were trained for it.</summary>
    public long ParameterCount => Parameters.Sum(parameter => parameter.Shape.Count);

    /// <summary>Multiply-adds for one image.</summary>
    public long MultiplyAdds { get; }

    /// <summary>The name of one of its parameters in a weights file: "conv1.weight".</summary>
    public string QualifiedName(LayerParameter parameter) => $"{Name}.{parameter.Name}";

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Layer.Op}) {Shape}";
}
