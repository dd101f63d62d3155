using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// How the direct convolution kernel divides its output: one value from which both the build options and the launch size
/// follow.
/// </summary>
/// <param name="Width">Pixels of an output row a work-item computes at a time, before pooling.</param>
/// <param name="Channels">Output channels a work-item computes: 4, 8 or 16.</param>
/// <param name="GroupWidth">Work-items of a work-group along a row.</param>
/// <param name="GroupHeight">Work-items of a work-group along the rows.</param>
/// <param name="GroupChannels">Work-items of a work-group along the channels.</param>
/// <param name="ItemRows">Output rows of a work-item.</param>
/// <param name="UsesLocal">True: a work-item computes one tile, its inputs in local memory; false: it walks along whole rows.</param>
internal readonly record struct DirectConvolutionTile(
    int Width, int Channels, int GroupWidth, int GroupHeight, int GroupChannels, int ItemRows, bool UsesLocal)
{
    // Enough arithmetic that handing out a work-item costs a core little beside it.
    private const long ItemMultiplyAdds = 250_000;

    // Accumulators of a core's work-item: nearly all its vector registers, whether there are 16 or 32.
    private const int Accumulators = 12;

    /// <summary>Output channels of a work-group: the width of a panel of packed weights.</summary>
    public int Panel => GroupChannels * Channels;

    /// <summary>direct_convolution.cl in this tile, with macros that do not depend on it.</summary>
    public KernelForm Form(string options) => new("direct_convolution.cl", "direct_convolution", $"{Options} {options}", Local);

    private string Options =>
        $"-D TILE_WIDTH={Width} -D TILE_CHANNELS={Channels} -D GROUP_WIDTH={GroupWidth} -D GROUP_HEIGHT={GroupHeight} " +
        $"-D GROUP_CHANNELS={GroupChannels} -D USE_LOCAL={(UsesLocal ? 1 : 0)}";

    /// <summary>Work-items of a work-group.</summary>
    public WorkSize Local => new(GroupWidth, GroupHeight, GroupChannels);

    /// <summary>As tables show it: "14 x 8", "28 x 8 x 2 local" with the group's rows.</summary>
    public override string ToString() =>
        UsesLocal ? $"{GroupWidth * Width} x {Panel} x {GroupHeight} local" : $"{Width} x {Channels}";

    /// <summary>The default for a device and a layer.</summary>
    /// <param name="device">The device.</param>
    /// <param name="geometry">The layer.</param>
    /// <param name="output">One image's output, as stored.</param>
    public static DirectConvolutionTile For(DeviceTraits device, DirectConvolutionGeometry geometry, Shape output)
    {
        if (device.IsCpu)
        {
            return ForCores(device, geometry, output);
        }

        // Four pixels by 8 channels a lane, twice as many where it pools; all channels in one group where possible, so that the patch is copied once.
        int pool = geometry.Pool;
        int channels = output.Channels > 4 ? 8 : 4;
        int windows = Balance(output.Width, 4 / pool);
        int groupWidth = Balance(CeilDivide(output.Width, windows), 8);
        int groupChannels = Balance(CeilDivide(output.Channels, channels), 16);
        int groupHeight = Balance(output.Height, Math.Max(1, 128 / (groupWidth * groupChannels)));
        while (true)
        {
            var tile = new DirectConvolutionTile(windows * pool, channels, groupWidth, groupHeight, groupChannels, 1, true);
            if (tile.Local.Total <= device.MaxWorkGroupSize && tile.LocalBytes(geometry) <= device.LocalMemoryBytes)
            {
                return tile;
            }

            // Fewer rows make both smaller, fewer channels only the group.
            if (groupHeight > 1)
            {
                groupHeight /= 2;
            }
            else if (groupChannels > 1 && tile.Local.Total > device.MaxWorkGroupSize)
            {
                groupChannels /= 2;
            }
            else if (groupWidth > 1)
            {
                groupWidth /= 2;
            }
            else
            {
                return ForCores(device, geometry, output);
            }
        }
    }

    /// <summary>Local memory of a work-group.</summary>
    public long LocalBytes(DirectConvolutionGeometry geometry)
    {
        if (!UsesLocal)
        {
            return 0;
        }

        long rows = (((long)GroupHeight * geometry.Pool - 1) * geometry.RowStride) + ((geometry.KernelRows - 1) * geometry.KernelRowStep) + 1;
        long columns = ((GroupWidth * Width) + ((geometry.RunLength - 1) / geometry.ColumnFloats)) | 1;
        return rows * columns * geometry.ColumnFloats * sizeof(float);
    }

    /// <summary>Panels that cover the output channels.</summary>
    public int Panels(int filters) => CeilDivide(filters, Panel);

    /// <summary>Work-items altogether, a multiple of the group's.</summary>
    /// <param name="output">One image's output, as stored.</param>
    /// <param name="pool">Height, width and stride of the pooling; 1: none.</param>
    /// <param name="images">How many images.</param>
    public WorkSize Global(Shape output, int pool, int images) => new(
        UsesLocal ? CeilDivide(output.Width, GroupWidth * (Width / pool)) * GroupWidth : 1,
        CeilDivide(output.Height, GroupHeight * ItemRows) * GroupHeight,
        (long)Panels(output.Channels) * GroupChannels * images);

    private static DirectConvolutionTile ForCores(DeviceTraits device, DirectConvolutionGeometry geometry, Shape output)
    {
        int pool = geometry.Pool;
        int channels = output.Channels > 8 ? 16 : output.Channels > 4 ? 8 : 4;
        int pixels = Accumulators * Math.Min(channels, device.VectorWidth) / channels;
        int width = Balance(output.Width, Math.Max(1, pixels / (pool * pool))) * pool;
        long rowMultiplyAdds = (long)output.Width * pool * pool * channels * geometry.KernelRows * geometry.RunLength;
        int rows = (int)Math.Clamp(ItemMultiplyAdds / rowMultiplyAdds, 1, output.Height);
        return new DirectConvolutionTile(width, channels, 1, 1, 1, Balance(output.Height, rows), false);
    }

    /// <summary>The size of equal parts of a whole, none larger than the most.</summary>
    private static int Balance(int whole, int most) => CeilDivide(whole, CeilDivide(whole, most));

    private static int CeilDivide(int value, int divisor) => (value + divisor - 1) / divisor;
}
