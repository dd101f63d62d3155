namespace Convoy.Layers;

/// <summary>Softmax over the channels of each pixel, or over a vector's features. The output has the input's shape.</summary>
public sealed record Softmax : Layer
{
    /// <inheritdoc/>
    public override string Op => "softmax";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs) => inputs[0];
}

/// <summary>
/// The logarithm of softmax, x - max - log(sum exp(x - max)), over the channels of each pixel, or over a vector's features. The
/// output has the input's shape.
/// </summary>
public sealed record LogSoftmax : Layer
{
    /// <inheritdoc/>
    public override string Op => "logsoftmax";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs) => inputs[0];
}

/// <summary>Dropout: a part of training. At inference it passes its input on, and compiling removes it.</summary>
public sealed record Dropout(float Rate) : Layer
{
    /// <inheritdoc/>
    public override string Op => "dropout";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs) => Rate is >= 0 and < 1
        ? inputs[0]
        : throw new LayerException($"a dropout rate of {Rate} is impossible: it must be at least 0 and below 1");
}

/// <summary>An image as a vector, in channel, height, width order.</summary>
public sealed record Flatten : Layer
{
    /// <inheritdoc/>
    public override string Op => "flatten";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs) => inputs[0].Count <= int.MaxValue
        ? Shape.Vector((int)inputs[0].Count)
        : throw new LayerException($"an input of {inputs[0]} is too large to flatten: {inputs[0].Count:N0} elements");
}

/// <summary>
/// A vector as an image, its numbers in channel, height, width order: what <see cref="Flatten"/> undoes.
/// </summary>
/// <param name="Output">The image's shape.</param>
public sealed record Unflatten(Shape Output) : Layer
{
    /// <inheritdoc/>
    public override string Op => "unflatten";

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        if (!inputs[0].IsVector || !Output.IsImage)
        {
            throw new LayerException($"{Op} makes an image (channels, height, width) of a vector, but its input is {inputs[0]} and its output {Output}");
        }

        return Output.Count == inputs[0].Count
            ? Output
            : throw new LayerException($"a vector of {inputs[0].Count:N0} numbers does not fill the image {Output}, which has {Output.Count:N0}");
    }
}

/// <summary>Feature maps of one height and width, or vectors, one behind the other along the channels.</summary>
public sealed record Concat : Layer
{
    /// <inheritdoc/>
    public override string Op => "concat";

    /// <inheritdoc/>
    public override int MaxInputs => int.MaxValue;

    /// <inheritdoc/>
    public override Shape InferShape(ReadOnlySpan<Shape> inputs)
    {
        Shape first = inputs[0];
        long channels = 0;
        foreach (Shape input in inputs)
        {
            if (input.Rank != first.Rank || input.Height != first.Height || input.Width != first.Width)
            {
                throw new LayerException($"its inputs must agree in height and width, but are {first} and {input}");
            }

            channels += input.Channels;
        }

        if (channels > SlidingWindow.MaxExtent)
        {
            throw new LayerException($"its inputs have {channels:N0} channels together, more than {SlidingWindow.MaxExtent:N0}");
        }

        return first.IsImage ? Shape.Image((int)channels, first.Height, first.Width) : Shape.Vector((int)channels);
    }
}
