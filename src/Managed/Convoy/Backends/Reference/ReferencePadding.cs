using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Padding with a constant as its definition reads, over one image.</summary>
internal static class ReferencePadding
{
    /// <summary>y[c, i, j] = x[c, i - top, j - left] within the input, and the constant around it.</summary>
    public static void Pad(Pad2D layer, ReadOnlyMemory<double> input, Shape inputShape, Memory<double> output, Shape outputShape)
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
