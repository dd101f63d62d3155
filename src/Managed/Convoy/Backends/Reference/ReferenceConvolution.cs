using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Convolution and full connection as their definitions read, over one image.</summary>
internal static class ReferenceConvolution
{
    /// <summary>The function of a step; null where its layer is of another family.</summary>
    public static ImageFunction? Select(FusedStep step, StepWeights weights)
    {
        float[] kernel = weights.Kernel.ToArray();
        float[] bias = weights.Bias.ToArray();
        return step.Layer switch
        {
            Convolution2D layer => (x, y) => Convolve(layer, x[0], step.InputShapes[0], kernel, bias, y, step.OutputShape),
            FullyConnected => (x, y) => Connect(x[0], kernel, bias, y),
            _ => null,
        };
    }

    /// <summary>
    /// y[f, i, j] = bias[f] + sum over c, u, v of w[f, c, u, v] * x[c, i s + u d - p, j s + v d - p], the group's channels c
    /// only, x being 0 outside the image.
    /// </summary>
    private static void Convolve(
        Convolution2D layer,
        ReadOnlyMemory<double> input,
        Shape inputShape,
        float[] kernel,
        float[] bias,
        Memory<double> output,
        Shape outputShape)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        Padding padding = layer.Window.ResolvePadding(inputShape);
        int groupChannels = inputShape.Channels / layer.Groups;
        int groupFilters = layer.Filters / layer.Groups;
        int kernelHeight = layer.Kernel.Height;
        int kernelWidth = layer.Kernel.Width;
        for (int filter = 0; filter < layer.Filters; filter++)
        {
            int firstChannel = filter / groupFilters * groupChannels;
            for (int row = 0; row < outputShape.Height; row++)
            {
                for (int column = 0; column < outputShape.Width; column++)
                {
                    double sum = bias.Length == 0 ? 0 : bias[filter];
                    for (int c = 0; c < groupChannels; c++)
                    {
                        for (int u = 0; u < kernelHeight; u++)
                        {
                            int h = (row * layer.Stride.Height) + (u * layer.Dilation.Height) - padding.Top;
                            if (h < 0 || h >= inputShape.Height)
                            {
                                continue;
                            }

                            int weightRow = ((((filter * groupChannels) + c) * kernelHeight) + u) * kernelWidth;
                            int inputRow = (((firstChannel + c) * inputShape.Height) + h) * inputShape.Width;
                            for (int v = 0; v < kernelWidth; v++)
                            {
                                int w = (column * layer.Stride.Width) + (v * layer.Dilation.Width) - padding.Left;
                                if (w >= 0 && w < inputShape.Width)
                                {
                                    sum += kernel[weightRow + v] * x[inputRow + w];
                                }
                            }
                        }
                    }

                    y[(((filter * outputShape.Height) + row) * outputShape.Width) + column] = sum;
                }
            }
        }
    }

    /// <summary>y[f] = bias[f] + sum over i of w[f, i] * x[i].</summary>
    private static void Connect(ReadOnlyMemory<double> input, float[] kernel, float[] bias, Memory<double> output)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        for (int feature = 0; feature < y.Length; feature++)
        {
            double sum = bias.Length == 0 ? 0 : bias[feature];
            for (int i = 0; i < x.Length; i++)
            {
                sum += kernel[((long)feature * x.Length) + i] * x[i];
            }

            y[feature] = sum;
        }
    }
}
