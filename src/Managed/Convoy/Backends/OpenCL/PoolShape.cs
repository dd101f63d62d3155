using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.OpenCL;

/// <summary>pool_shape of pool.cl, field for field.</summary>
internal struct PoolShape
{
    public int Kind;
    public int Height;
    public int Width;
    public int Channels;
    public int OutHeight;
    public int OutWidth;
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int Top;
    public int Left;
    public int Bottom;
    public int Right;

    private const int Max = 0;
    private const int Average = 1;
    private const int AveragePadded = 2;
    private const int Adaptive = 3;

    /// <summary>Pooling over a sliding window.</summary>
    public static PoolShape Of(Pool2D layer, Shape input, Shape output)
    {
        Padding padding = layer.Window.ResolvePadding(input);
        return Between(input, output) with
        {
            Kind = layer.Kind == PoolKind.Max ? Max : layer.CountPadding ? AveragePadded : Average,
            KernelH = layer.Kernel.Height,
            KernelW = layer.Kernel.Width,
            StrideH = layer.Stride.Height,
            StrideW = layer.Stride.Width,
            Top = padding.Top,
            Left = padding.Left,
            Bottom = padding.Bottom,
            Right = padding.Right,
        };
    }

    /// <summary>Average pooling to a fixed extent.</summary>
    public static PoolShape OfAdaptive(Shape input, Shape output) => Between(input, output) with { Kind = Adaptive };

    private static PoolShape Between(Shape input, Shape output) => new()
    {
        Height = input.Height,
        Width = input.Width,
        Channels = input.Channels,
        OutHeight = output.Height,
        OutWidth = output.Width,
    };
}
