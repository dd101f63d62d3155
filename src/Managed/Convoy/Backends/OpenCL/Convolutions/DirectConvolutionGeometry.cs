using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>What the direct convolution kernel is built for: the numbers of a layer that its inner loops know as constants.</summary>
/// <param name="KernelRows">Rows of the kernel.</param>
/// <param name="KernelRowStep">Input rows from one kernel row to the next.</param>
/// <param name="RunLength">Floats of a kernel row: its columns times the input channels.</param>
/// <param name="RowStride">Input rows from one output row to the next.</param>
/// <param name="ColumnFloats">Floats from one output pixel's input to the next.</param>
/// <param name="Pool">Height, width and stride of the pooling behind it; 1: none.</param>
/// <param name="PoolIsMax">True for maximum pooling.</param>
internal readonly record struct DirectConvolutionGeometry(
    int KernelRows, int KernelRowStep, int RunLength, int RowStride, int ColumnFloats, int Pool, bool PoolIsMax)
{
    // More channels fill the implicit GEMM's runs; longer sums would need its partial ones.
    private const int MaxChannels = 4;
    private const int MaxReduction = 512;

    // On two cores through PoCL, a row of 2 pixels took as long as in the implicit GEMM, whose tiles go beyond rows; one
    // pixel took three times as long, 3 pixels three quarters, conv1 of both networks less still.
    private const int MinWidth = 3;

    // A pooled tile is as high as the window, and its registers are few.
    private const int MaxPool = 2;

    /// <summary>Its macros of direct_convolution.cl.</summary>
    public string Options =>
        $"-D KERNEL_ROWS={KernelRows} -D KERNEL_ROW_STEP={KernelRowStep} -D RUN_LENGTH={RunLength} -D ROW_STRIDE={RowStride} " +
        $"-D COLUMN_FLOATS={ColumnFloats} -D POOL={Pool} -D POOL_IS_MAX={(PoolIsMax ? 1 : 0)}";

    /// <summary>True for layers the kernel can take: few input channels, whose kernel rows are contiguous in NHWC.</summary>
    public static bool CanTake(Convolution2D layer, int channels) =>
        layer.Groups == 1 && (layer.Dilation.Width == 1 || layer.Kernel.Width == 1) && channels <= MaxChannels
        && (long)channels * layer.Kernel.Height * layer.Kernel.Width <= MaxReduction;

    /// <summary>True for layers that are faster for it: where a tile along a row has pixels enough to share the weights it reads.</summary>
    public static bool Pays(Convolution2D layer, Shape input) => layer.InferShape([input]).Width >= MinWidth;

    /// <summary>True for pooling it can do as it stores: windows side by side, without padding, wholly in the image.</summary>
    public static bool CanTake(Pool2D pool) =>
        pool.Kind is PoolKind.Max or PoolKind.Average && pool.Kernel == pool.Stride && pool.Kernel.Height == pool.Kernel.Width && pool.Kernel.Height <= MaxPool
        && pool.Padding == default && !pool.CeilMode && pool.Window.Dilation == 1;

    /// <summary>The geometry of a layer with the pooling behind it, if any.</summary>
    public static DirectConvolutionGeometry Of(Convolution2D layer, int channels, Pool2D? pool) => new(
        layer.Kernel.Height,
        layer.Dilation.Height,
        layer.Kernel.Width * channels,
        layer.Stride.Height,
        layer.Stride.Width * channels,
        pool?.Kernel.Height ?? 1,
        pool?.Kind == PoolKind.Max);
}

/// <summary>direct_convolution_shape of direct_convolution.cl, field for field.</summary>
internal struct DirectConvolutionShape
{
    public int Rows;
    public int Columns;
    public int ItemRows;
    public int InputRows;
    public int RowFloats;
    public int Filters;
    public int Panels;

    /// <summary>A convolution over an input padded to these extents, and the output as stored.</summary>
    public static DirectConvolutionShape Of(Shape padded, Shape output, DirectConvolutionTile tile) => new()
    {
        Rows = output.Height,
        Columns = output.Width,
        ItemRows = tile.ItemRows,
        InputRows = padded.Height,
        RowFloats = padded.Width * padded.Channels,
        Filters = output.Channels,
        Panels = tile.Panels(output.Channels),
    };
}
