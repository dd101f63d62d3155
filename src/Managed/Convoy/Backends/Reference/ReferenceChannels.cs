using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Normalisation and softmax over the channels of each pixel, and over the pixels of each channel, as their definitions read, over one image.</summary>
internal static class ReferenceChannels
{
    /// <summary>The function of a step; null where its layer is of another family.</summary>
    /// <exception cref="BackendException">There is no such alignment.</exception>
    public static ImageFunction? Select(FusedStep step, StepWeights weights)
    {
        Shape shape = step.OutputShape;
        return step.Layer switch
        {
            LocalResponseNormalization layer => Normalize(step.Name, layer, shape),
            InstanceNormalization layer => Normalize(layer, shape, weights.Kernel.ToArray(), weights.Bias.ToArray()),
            Softmax => (x, y) => OverChannels(x[0], shape, y, (value, largest, sum) => Math.Exp(value - largest) / sum),
            LogSoftmax => (x, y) => OverChannels(x[0], shape, y, (value, largest, sum) => value - largest - Math.Log(sum)),
            _ => null,
        };
    }

    private static ImageFunction Normalize(string name, LocalResponseNormalization layer, Shape shape)
    {
        int below = layer.Alignment switch
        {
            LrnAlignment.Above => (layer.Size - 1) / 2,
            LrnAlignment.Below => layer.Size / 2,
            _ => throw new BackendException($"Layer '{name}': the reference backend does not know the alignment {layer.Alignment} of a normalisation."),
        };
        return (x, y) => Normalize(layer, below, x[0], shape, y);
    }

    /// <summary>Local response normalisation over <see cref="LocalResponseNormalization.Size"/> channels around each, so many of them below it.</summary>
    private static void Normalize(
        LocalResponseNormalization layer, int below, ReadOnlyMemory<double> input, Shape shape, Memory<double> output)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        int area = shape.Height * shape.Width;
        for (int pixel = 0; pixel < area; pixel++)
        {
            for (int c = 0; c < shape.Channels; c++)
            {
                double sum = 0;
                int first = Math.Max(0, c - below);
                int last = Math.Min(shape.Channels - 1, c - below + layer.Size - 1);
                for (int j = first; j <= last; j++)
                {
                    sum += x[(j * area) + pixel] * x[(j * area) + pixel];
                }

                double scale = layer.K + ((double)layer.Alpha / layer.Size * sum);
                y[(c * area) + pixel] = x[(c * area) + pixel] / Math.Pow(scale, layer.Beta);
            }
        }
    }

    /// <summary>(x - mean) / sqrt(variance + epsilon) * weight + bias, the mean and the variance those of the channel.</summary>
    private static ImageFunction Normalize(InstanceNormalization layer, Shape shape, float[] weight, float[] bias) => (input, output) =>
    {
        int area = shape.Height * shape.Width;
        for (int c = 0; c < shape.Channels; c++)
        {
            ReadOnlySpan<double> x = input[0].Span.Slice(c * area, area);
            Span<double> y = output.Span.Slice(c * area, area);
            double mean = 0;
            foreach (double value in x)
            {
                mean += value / area;
            }

            double variance = 0;
            foreach (double value in x)
            {
                variance += (value - mean) * (value - mean) / area;
            }

            for (int i = 0; i < area; i++)
            {
                y[i] = ((x[i] - mean) / Math.Sqrt(variance + layer.Epsilon) * weight[c]) + bias[c];
            }
        }
    };

    /// <summary>A function of each number, the largest of its pixel's channels, and the sum of exp(x - max) over them.</summary>
    private static void OverChannels(ReadOnlyMemory<double> input, Shape shape, Memory<double> output, Func<double, double, double, double> function)
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
