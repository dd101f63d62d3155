using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// How the convolution kernel divides its GEMM: one value from which both the build options and the launch size follow.
/// </summary>
/// <param name="Rows">Output pixels a work-item computes.</param>
/// <param name="Channels">Output channels a work-item computes: 4, 8 or 16.</param>
/// <param name="GroupRows">Work-items of a work-group along the pixels.</param>
/// <param name="GroupChannels">Work-items of a work-group along the channels.</param>
/// <param name="Depth">Reduction steps staged in local memory at a time; 0: local memory is not used.</param>
internal readonly record struct ConvolutionTile(int Rows, int Channels, int GroupRows, int GroupChannels, int Depth)
{
    // Pixels, and channels, that a lane of a GPU computes; and lanes along the pixels, whose inputs local memory holds.
    private const int LaneTile = 4;
    private const int MostGroupRows = 64;

    // Lanes along the channels of few filters: two widths are enough, for each is a build of its own.
    private const int NarrowGroup = 4;

    /// <summary>Output channels of a work-group: the width of a panel of packed weights.</summary>
    public int Panel => GroupChannels * Channels;

    /// <summary>convolution.cl in this tile, with macros that do not depend on it.</summary>
    public KernelForm Form(string options) => new("convolution.cl", "convolution", $"{Options} {options}", Local);

    private string Options =>
        $"-D TILE_ROWS={Rows} -D TILE_CHANNELS={Channels} -D GROUP_ROWS={GroupRows} -D GROUP_CHANNELS={GroupChannels} " +
        $"-D DEPTH={Math.Max(1, Depth)} -D USE_LOCAL={(Depth > 0 ? 1 : 0)}";

    /// <summary>Work-items of a work-group.</summary>
    public WorkSize Local => new(GroupRows, GroupChannels);

    /// <summary>Local memory of a work-group.</summary>
    public long LocalBytes => Depth == 0
        ? 0
        : ((long)Depth * ((GroupRows * Rows) + Panel) * sizeof(float)) + ((long)GroupRows * Rows * sizeof(int));

    /// <summary>As tables show it: "6 x 16", "64 x 64 local".</summary>
    public override string ToString() => Depth > 0 ? $"{GroupRows * Rows} x {Panel} local" : $"{Rows} x {Channels}";

    /// <summary>The default for a device and a layer. Narrow layers get narrow tiles, so that less is wasted.</summary>
    public static ConvolutionTile For(DeviceTraits device, int groupFilters)
    {
        if (device.IsCpu)
        {
            // A group of one and no local memory: a barrier on a core is a loop split in two. 6 x 16 fills the registers.
            return new ConvolutionTile(6, groupFilters > 8 ? 16 : groupFilters > 4 ? 8 : 4, 1, 1, 0);
        }

        // The largest group within the device's limits: square, or narrow for few filters and the longer for that.
        // A lone work-item where not even a small one is.
        for (int side = 16; side >= 4; side /= 2)
        {
            int columns = groupFilters <= NarrowGroup * LaneTile ? NarrowGroup : side;
            var tile = new ConvolutionTile(LaneTile, LaneTile, Math.Min(MostGroupRows, side * side / columns), columns, 16);
            if (tile.Local.Total <= device.MaxWorkGroupSize && tile.LocalBytes <= device.LocalMemoryBytes)
            {
                return tile;
            }
        }

        return new ConvolutionTile(LaneTile, LaneTile, 1, 1, 0);
    }

    /// <summary>Work-items altogether, a multiple of the group's; groups are those of all planes.</summary>
    public WorkSize Global(long pixels, int groupFilters, int groups) => new(
        CeilDivide(pixels, (long)GroupRows * Rows) * GroupRows,
        CeilDivide(groupFilters, Panel) * GroupChannels,
        groups);

    private static long CeilDivide(long value, long divisor) => (value + divisor - 1) / divisor;
}
