using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.Winograd;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// How winograd_multiply.cl divides a core's work: one value from which the build options, the launch and the packed weights'
/// order follow.
/// </summary>
/// <param name="Rows">Tiles multiplied at a time.</param>
/// <param name="Channels">Floats in a vector: 4, 8 or 16.</param>
/// <param name="Vectors">Vectors of filters in a panel.</param>
/// <param name="Tiles">Tiles of a block, at most: what the results of are in local memory.</param>
internal readonly record struct WinogradBlock(int Rows, int Channels, int Vectors, int Tiles)
{
    // So that the results of a block stay in a second-level cache, beside the weights and values that pass through it.
    private const long ResultBytes = 640 << 10;

    // What a driver may want of local memory for itself.
    private const long ReservedBytes = 1 << 10;

    // Tiles a power of two apart would fall into the same sets of a cache.
    private const int TileGap = 16;

    /// <summary>Filters of a panel.</summary>
    public int Panel => Vectors * Channels;

    /// <summary>As tables show it: "8 x 32".</summary>
    public override string ToString() => $"{Rows} x {Panel}";

    /// <summary>The block for a device; null where GEMMs and output transform are kernels of their own.</summary>
    public static WinogradBlock? Find(DeviceTraits device, WinogradGeometry geometry)
    {
        if (!device.IsCpu)
        {
            return null;
        }

        int filters = geometry.Filters / geometry.Groups;
        int channels = Math.Min(device.VectorWidth, filters > 8 ? 16 : filters > 4 ? 8 : 4);
        // The sums fill half of 32 registers, or 12 of 16.
        var block = new WinogradBlock(device.VectorWidth == 16 ? 8 : 6, channels, filters > channels ? 2 : 1, Tiles: 0);
        long tiles = Math.Min(ResultBytes, device.LocalMemoryBytes - ReservedBytes) / block.TileBytes(geometry);
        block = block with { Tiles = (int)((tiles - block.Rows + 1) / block.Rows * block.Rows) };
        return block.Tiles > 0 ? block : null;
    }

    /// <summary>winograd_multiply.cl for this block, with the macros of winograd.cl.</summary>
    public KernelForm Form(string options) => new(
        "winograd_multiply.cl",
        "winograd_multiply",
        $"-D TILE_ROWS={Rows} -D TILE_CHANNELS={Channels} -D VECTORS={Vectors} -D BLOCK_TILES={Tiles} {options}",
        new WorkSize(1));

    /// <summary>Tiles of each block, so that all have about as many.</summary>
    public int Divide(int tiles)
    {
        int blocks = CeilDivide(tiles, Tiles);
        return CeilDivide(CeilDivide(tiles, blocks), Rows) * Rows;
    }

    /// <summary>Work-items altogether, each a work-group.</summary>
    public WorkSize Global(WinogradGeometry geometry, int images)
    {
        int tiles = geometry.Tiles * images;
        return new(CeilDivide(tiles, Divide(tiles)), CeilDivide(geometry.Filters / geometry.Groups, Panel), geometry.Groups);
    }

    private long TileBytes(WinogradGeometry geometry) => (((long)geometry.Planes * Panel) + TileGap) * sizeof(float);

    private static int CeilDivide(int value, int divisor) => (value + divisor - 1) / divisor;
}
