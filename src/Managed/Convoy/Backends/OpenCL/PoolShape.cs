using Convoy.Layers;

namespace Convoy.Backends.OpenCL;

/// <summary>What pool.cl does; it has the names as POOL_MAX and so on.</summary>
internal enum PoolOperation
{
    /// <summary>The largest number of a window.</summary>
    Max,

    /// <summary>The mean of those within the image.</summary>
    Average,

    /// <summary>The mean with the padding's zeros.</summary>
    AveragePadded,

    /// <summary>The mean over windows that divide the image.</summary>
    AdaptiveAverage,

    /// <summary>The largest number of windows that divide the image.</summary>
    AdaptiveMax,
}

/// <summary>pool_shape of pool.cl, field for field.</summary>
internal struct PoolShape
{
    public PoolOperation Operation;
    public int Height;
    public int Width;
    public int Channels;
    public int OutHeight;
    public int OutWidth;
    public int KernelH;
    public int KernelW;
    public int StrideH;
    public int StrideW;
    public int DilationH;
    public int DilationW;
    public int Top;
    public int Left;
    public int Bottom;
    public int Right;

    /// <summary>Pooling over a sliding window.</summary>
    public static PoolShape Of(Pool2D layer, Shape input, Shape output)
    {
        Padding padding = layer.Window.ResolvePadding(input);
        return Between(input, output) with
        {
            Operation = OperationOf(layer),
            KernelH = layer.Kernel.Height,
            KernelW = layer.Kernel.Width,
            StrideH = layer.Stride.Height,
            StrideW = layer.Stride.Width,
            DilationH = layer.Window.Dilation.Height,
            DilationW = layer.Window.Dilation.Width,
            Top = padding.Top,
            Left = padding.Left,
            Bottom = padding.Bottom,
            Right = padding.Right,
        };
    }

    /// <summary>Pooling to a fixed extent.</summary>
    public static PoolShape Of(AdaptivePool2D layer, Shape input, Shape output) => Between(input, output) with
    {
        Operation = layer.Kind switch
        {
            PoolKind.Max => PoolOperation.AdaptiveMax,
            PoolKind.Average => PoolOperation.AdaptiveAverage,
            _ => throw Unknown(layer.Kind),
        },
    };

    private static PoolOperation OperationOf(Pool2D layer) => layer.Kind switch
    {
        PoolKind.Max => PoolOperation.Max,
        PoolKind.Average => layer.CountPadding ? PoolOperation.AveragePadded : PoolOperation.Average,
        _ => throw Unknown(layer.Kind),
    };

    private static BackendException Unknown(PoolKind kind) => new($"The OpenCL backend does not know pooling of the kind {kind}.");

    private static PoolShape Between(Shape input, Shape output) => new()
    {
        Height = input.Height,
        Width = input.Width,
        Channels = input.Channels,
        OutHeight = output.Height,
        OutWidth = output.Width,
        DilationH = 1,
        DilationW = 1,
    };
}
