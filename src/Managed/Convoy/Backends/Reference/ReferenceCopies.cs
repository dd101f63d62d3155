using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Layers that put their inputs into a larger output, as their definitions read, over one image.</summary>
internal static class ReferenceCopies
{
    /// <summary>The function of a step; null where its layer is of another family.</summary>
    public static ImageFunction? Select(FusedStep step) => step.Layer switch
    {
        Concat => Join,
        Pad2D layer => (x, y) => Pad(layer, x[0], step.InputShapes[0], y, step.OutputShape),
        _ => null,
    };

    /// <summary>The inputs one behind the other, which in channel, row, column order is what concatenation means.</summary>
    private static void Join(ReadOnlyMemory<double>[] inputs, Memory<double> output)
    {
        int next = 0;
        foreach (ReadOnlyMemory<double> input in inputs)
        {
            input.CopyTo(output[next..]);
            next += input.Length;
        }
    }

    /// <summary>y[c, i, j] = x[c, i - top, j - left] within the input, and the constant around it.</summary>
    private static void Pad(Pad2D layer, ReadOnlyMemory<double> input, Shape inputShape, Memory<double> output, Shape outputShape)
    {
        ReadOnlySpan<double> x = input.Span;
        Span<double> y = output.Span;
        int next = 0;
        for (int c = 0; c < outputShape.Channels; c++)
        {
            for (int row = 0; row < outputShape.Height; row++)
            {
                int h = row - layer.Padding.Top;
                for (int column = 0; column < outputShape.Width; column++)
                {
                    int w = column - layer.Padding.Left;
                    bool isInside = h >= 0 && h < inputShape.Height && w >= 0 && w < inputShape.Width;
                    y[next++] = isInside ? x[(((c * inputShape.Height) + h) * inputShape.Width) + w] : layer.Value;
                }
            }
        }
    }
}
