using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Normalisations, activations and element-wise layers as their definitions read, over one image.</summary>
internal static class ReferencePointwise
{
    /// <summary>Applies an activation in place. NaN stays NaN.</summary>
    public static void Activate(Activation activation, Span<double> values)
    {
        if (activation.Kind == ActivationKind.None)
        {
            return;
        }

        foreach (ref double value in values)
        {
            value = activation.Kind switch
            {
                ActivationKind.Relu => Math.Max(value, 0),
                ActivationKind.Tanh => Math.Tanh(value),
                _ => throw new BackendException($"The reference backend does not know the activation {activation.Kind}."),
            };
        }
    }

    /// <summary>Local response normalisation over <see cref="LocalResponseNormalization.Size"/> channels around each.</summary>
    public static void Normalize(LocalResponseNormalization layer, ReadOnlyMemory<double> input, Shape shape, Memory<double> output)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        int area = shape.Height * shape.Width;
        for (int pixel = 0; pixel < area; pixel++)
        {
            for (int c = 0; c < shape.Channels; c++)
            {
                double sum = 0;
                int first = Math.Max(0, c - ((layer.Size - 1) / 2));
                int last = Math.Min(shape.Channels - 1, c + (layer.Size / 2));
                for (int j = first; j <= last; j++)
                {
                    sum += x[(j * area) + pixel] * x[(j * area) + pixel];
                }

                double scale = layer.K + ((double)layer.Alpha / layer.Size * sum);
                y[(c * area) + pixel] = x[(c * area) + pixel] / Math.Pow(scale, layer.Beta);
            }
        }
    }

    /// <summary>exp(x - max) / sum over the channels of each pixel.</summary>
    public static void Softmax(ReadOnlyMemory<double> input, Shape shape, Memory<double> output)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        int area = shape.Height * shape.Width;
        for (int pixel = 0; pixel < area; pixel++)
        {
            double largest = double.NegativeInfinity;
            for (int c = 0; c < shape.Channels; c++)
            {
                largest = Math.Max(largest, x[(c * area) + pixel]);
            }

            double sum = 0;
            for (int c = 0; c < shape.Channels; c++)
            {
                sum += Math.Exp(x[(c * area) + pixel] - largest);
            }

            for (int c = 0; c < shape.Channels; c++)
            {
                y[(c * area) + pixel] = Math.Exp(x[(c * area) + pixel] - largest) / sum;
            }
        }
    }

    /// <summary>y = a + b.</summary>
    public static void Add(ReadOnlyMemory<double> left, ReadOnlyMemory<double> right, Memory<double> output)
    {
        ReadOnlySpan<double> a = left.Span;
        ReadOnlySpan<double> b = right.Span;
        Span<double> y = output.Span;
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = a[i] + b[i];
        }
    }

    /// <summary>The inputs one behind the other, which in channel, row, column order is what concatenation means.</summary>
    public static void Concat(ReadOnlyMemory<double>[] inputs, Memory<double> output)
    {
        int next = 0;
        foreach (ReadOnlyMemory<double> input in inputs)
        {
            input.CopyTo(output[next..]);
            next += input.Length;
        }
    }
}
