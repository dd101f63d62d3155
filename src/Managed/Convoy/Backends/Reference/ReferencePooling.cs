using System.Runtime.CompilerServices;
using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Pooling as its definition reads, over one image.</summary>
internal static class ReferencePooling
{
    /// <summary>The function of a step; null where its layer is of another family.</summary>
    /// <exception cref="BackendException">There is no pooling of such a kind.</exception>
    public static ImageFunction? Select(FusedStep step) => step.Layer switch
    {
        Pool2D layer => Select(layer, step.InputShapes[0], step.OutputShape),
        AdaptivePool2D layer => Select(layer, step.InputShapes[0], step.OutputShape),
        _ => null,
    };

    private static ImageFunction Select(Pool2D layer, Shape inputShape, Shape outputShape)
    {
        bool isMax = IsMax(layer.Kind);
        return (inputs, output) => Pool(layer, isMax, inputs[0], inputShape, output, outputShape);
    }

    private static ImageFunction Select(AdaptivePool2D layer, Shape inputShape, Shape outputShape)
    {
        bool isMax = IsMax(layer.Kind);
        return (inputs, output) => Adaptive(isMax, inputs[0], inputShape, output, outputShape);
    }

    /// <summary>
    /// The maximum or the mean of each window. The mean divides by the elements inside the image or, where padding counts,
    /// inside the image and its padding; what ceil mode adds beyond the padding never counts.
    /// </summary>
    // Optimised at once: devices are checked before code that runs often would be.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pool(
        Pool2D layer, bool isMax, ReadOnlyMemory<double> input, Shape inputShape, Memory<double> output, Shape outputShape)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        Padding padding = layer.Window.ResolvePadding(inputShape);
        Extent2D dilation = layer.Window.Dilation;
        int next = 0;
        for (int c = 0; c < inputShape.Channels; c++)
        {
            ReadOnlySpan<double> plane = x.Slice(c * inputShape.Height * inputShape.Width, inputShape.Height * inputShape.Width);
            for (int row = 0; row < outputShape.Height; row++)
            {
                for (int column = 0; column < outputShape.Width; column++)
                {
                    int top = (row * layer.Stride.Height) - padding.Top;
                    int left = (column * layer.Stride.Width) - padding.Left;
                    double largest = double.NegativeInfinity;
                    double sum = 0;
                    int inside = 0;
                    int counted = 0;
                    for (int u = 0; u < layer.Kernel.Height; u++)
                    {
                        int h = top + (u * dilation.Height);
                        for (int v = 0; v < layer.Kernel.Width; v++)
                        {
                            int w = left + (v * dilation.Width);
                            if (h < inputShape.Height + padding.Bottom && w < inputShape.Width + padding.Right)
                            {
                                counted++;
                            }

                            if (h >= 0 && h < inputShape.Height && w >= 0 && w < inputShape.Width)
                            {
                                double value = plane[(h * inputShape.Width) + w];
                                largest = Math.Max(largest, value);
                                sum += value;
                                inside++;
                            }
                        }
                    }

                    y[next++] = isMax ? largest : sum / (layer.CountPadding ? counted : inside);
                }
            }
        }
    }

    /// <summary>
    /// The maximum or the mean of window [floor(i h / n), ceil((i + 1) h / n)) of n over h rows, and columns alike.
    /// </summary>
    private static void Adaptive(
        bool isMax, ReadOnlyMemory<double> input, Shape inputShape, Memory<double> output, Shape outputShape)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        int next = 0;
        for (int c = 0; c < inputShape.Channels; c++)
        {
            for (int row = 0; row < outputShape.Height; row++)
            {
                (int top, int bottom) = Window(row, inputShape.Height, outputShape.Height);
                for (int column = 0; column < outputShape.Width; column++)
                {
                    (int left, int right) = Window(column, inputShape.Width, outputShape.Width);
                    double largest = double.NegativeInfinity;
                    double sum = 0;
                    for (int h = top; h < bottom; h++)
                    {
                        for (int w = left; w < right; w++)
                        {
                            double value = x[(((c * inputShape.Height) + h) * inputShape.Width) + w];
                            largest = Math.Max(largest, value);
                            sum += value;
                        }
                    }

                    y[next++] = isMax ? largest : sum / ((bottom - top) * (right - left));
                }
            }
        }
    }

    private static bool IsMax(PoolKind kind) => kind switch
    {
        PoolKind.Max => true,
        PoolKind.Average => false,
        _ => throw new BackendException($"The reference backend does not know pooling of the kind {kind}."),
    };

    private static (int Begin, int End) Window(int index, int extent, int outputs) =>
        ((int)((long)index * extent / outputs), (int)((((index + 1L) * extent) + outputs - 1) / outputs));
}
