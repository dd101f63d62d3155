namespace Convoy.Layers;

/// <summary>
/// One operation of a network: an immutable value that knows its hyper-parameters, and derives everything else (output
/// shape, parameters, cost) from its inputs' shapes. Shapes are those of one image; the batch is nobody's business here.
/// </summary>
public abstract record Layer
{
    /// <summary>The operation's short name, as tables and JSON show it: "conv", "maxpool", "fc".</summary>
    public abstract string Op { get; }

    /// <summary>How many inputs the layer takes at least.</summary>
    public virtual int MinInputs => 1;

    /// <summary>How many inputs the layer takes at most.</summary>
    public virtual int MaxInputs => 1;

    /// <summary>The output's shape for inputs of these shapes.</summary>
    /// <exception cref="LayerException">The layer cannot be applied to such inputs; the sentence says why.</exception>
    public abstract Shape InferShape(ReadOnlySpan<Shape> inputs);

    /// <summary>The trained tensors the layer needs for inputs of these shapes, in the order weights files name them.</summary>
    public virtual ImmutableArray<LayerParameter> GetParameters(ReadOnlySpan<Shape> inputs) => [];

    /// <summary>Multiply-adds for one image; 0 where a layer has none worth counting.</summary>
    public virtual long CountMultiplyAdds(ReadOnlySpan<Shape> inputs, Shape output) => 0;

    private protected Shape RequireImage(Shape input) => input.IsImage
        ? input
        : throw new LayerException($"{Op} needs an image (channels, height, width), but its input is {input}");
}

/// <summary>A trained tensor of a layer.</summary>
/// <param name="Name">Its name within the layer: "weight", "bias".</param>
/// <param name="Shape">Its extents.</param>
/// <param name="Default">What all its numbers are where the weights lack it; null where it must be there.</param>
public readonly record struct LayerParameter(string Name, Shape Shape, float? Default = null);

/// <summary>
/// A layer cannot be applied to its inputs. The message lacks the layer's name, which only the network knows and adds.
/// </summary>
public sealed class LayerException(string message) : ConvoyException(message);

/// <summary>The place where images, or vectors, enter a network.</summary>
public sealed record Input(Shape Shape) : Layer
{
    /// <inheritdoc/>
    public override string Op => "input";

    /// <inheritdoc/>
    public override int MinInputs => 0;

    /// <inheritdoc/>
    public override int MaxInputs => 0;

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs) => Shape.IsImage || Shape.IsVector
        ? Shape
        : throw new LayerException($"its shape {Shape} is neither an image (channels, height, width) nor a vector (features)");
}
