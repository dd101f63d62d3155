using System.Runtime.CompilerServices;
using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>The oracle for what is not a whole network: a step, or of a convolution, which takes long, single numbers.</summary>
internal sealed class ReferenceOracle : IStepOracle
{
    /// <inheritdoc/>
    public double[] Compute(FusedStep step, StepWeights weights, ReadOnlyMemory<double>[] inputs)
    {
        var output = new double[step.OutputShape.Count];
        ReferenceFunctions.Select(step, weights)(inputs, output);
        ImmutableArray<Func<double, double>> activation = SelectActivation(step, weights);
        int area = step.OutputShape.Height * step.OutputShape.Width;
        for (int i = 0; i < output.Length && !activation.IsEmpty; i++)
        {
            output[i] = activation[i / area](output[i]);
        }

        return output;
    }

    /// <inheritdoc/>
    public double ComputeSum(FusedStep step, StepWeights weights, ReadOnlySpan<double> input, int channel, int row, int column)
    {
        double bias = weights.Bias.IsEmpty ? 0 : weights.Bias.Span[channel];
        return bias + (step.Layer switch
        {
            Convolution2D layer => Convolve(layer, weights.Kernel.Span, step.InputShapes[0], input, channel, row, column),
            FullyConnected => Connect(weights.Kernel.Span.Slice(channel * input.Length, input.Length), input),
            _ => throw new BackendException($"Layer '{step.Name}': {step.Layer.Op} layers have no sums."),
        });
    }

    /// <inheritdoc/>
    public ImmutableArray<Func<double, double>> SelectActivation(FusedStep step, StepWeights weights) => ReferenceFunctions.SelectActivation(step, weights);

    // Optimised at once, as below: devices are checked before code that runs often would be.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Convolve(
        Convolution2D layer, ReadOnlySpan<float> kernel, Shape shape, ReadOnlySpan<double> x, int filter, int row, int column)
    {
        Padding padding = layer.Window.ResolvePadding(shape);
        int groupChannels = shape.Channels / layer.Groups;
        int firstChannel = filter / (layer.Filters / layer.Groups) * groupChannels;
        int tap = filter * groupChannels * layer.Kernel.Height * layer.Kernel.Width;
        (Extent2D window, Extent2D stride, Extent2D dilation) = (layer.Kernel, layer.Stride, layer.Dilation);
        (int height, int width) = (shape.Height, shape.Width);
        double sum = 0;
        for (int c = 0; c < groupChannels; c++)
        {
            for (int u = 0; u < window.Height; u++)
            {
                int h = (row * stride.Height) + (u * dilation.Height) - padding.Top;
                for (int v = 0; v < window.Width; v++, tap++)
                {
                    int w = (column * stride.Width) + (v * dilation.Width) - padding.Left;
                    if (h >= 0 && h < height && w >= 0 && w < width)
                    {
                        sum += kernel[tap] * x[((((firstChannel + c) * height) + h) * width) + w];
                    }
                }
            }
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Connect(ReadOnlySpan<float> weights, ReadOnlySpan<double> x)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += weights[i] * x[i];
        }

        return sum;
    }
}
