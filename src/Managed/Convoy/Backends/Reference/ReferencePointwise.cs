using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Normalisations, softmax and joins as their definitions read, over one image.</summary>
internal static class ReferencePointwise
{
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
    public static void Softmax(ReadOnlyMemory<double> input, Shape shape, Memory<double> output) =>
        Softmax(input, shape, output, (x, largest, sum) => Math.Exp(x - largest) / sum);

    /// <summary>x - max - log(sum) over the channels of each pixel.</summary>
    public static void LogSoftmax(ReadOnlyMemory<double> input, Shape shape, Memory<double> output) =>
        Softmax(input, shape, output, (x, largest, sum) => x - largest - Math.Log(sum));

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

    /// <summary>A function of each number, the largest of its pixel's channels, and the sum of exp(x - max) over them.</summary>
    private static void Softmax(ReadOnlyMemory<double> input, Shape shape, Memory<double> output, Func<double, double, double, double> function)
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
                y[(c * area) + pixel] = function(x[(c * area) + pixel], largest, sum);
            }
        }
    }
}
