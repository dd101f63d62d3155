namespace Convoy.Backends.OpenCL.Chains;

/// <summary>The register tile of a chain's convolution: so many vectors of filters by so many columns of sums.</summary>
/// <param name="Filters">Filters, or vectors of them.</param>
/// <param name="Columns">Columns of a row of the output.</param>
internal readonly record struct ChainTile(int Filters, int Columns)
{
    // Sums of a tile before the first is added to again: fewer wait for each other.
    private const int LeastSums = 8;

    /// <summary>The tiles that chain.cl is built with, by what lies in the lanes and how many there are: as many sums as registers hold beside what they are made of.</summary>
    private static readonly (bool LanesAreImages, int Vector, ChainTile[] Tiles)[] Lists =
    [
        (true, 16, [new(12, 1), new(8, 2), new(6, 4)]),
        (true, 8, [new(12, 1), new(6, 2)]),
        (false, 16, [new(1, 1), new(8, 1), new(2, 5), new(1, 7), new(1, 14)]),
        (false, 8, [new(1, 1), new(12, 1), new(2, 5), new(1, 7), new(1, 10)]),
    ];

    /// <summary>The lists as macros of host.cl, which chain.cl expands to a case for each tile.</summary>
    public static IEnumerable<string> Definitions => Lists.Select(
        list => $"#define {(list.LanesAreImages ? "CHAIN_IMAGE_TILES" : "CHAIN_CHANNEL_TILES")}_{list.Vector}(each) "
            + string.Join(' ', list.Tiles.Select((tile, i) => $"each({i}, {tile.Filters}, {tile.Columns})")));

    /// <summary>Whether there are tiles for vectors of so many lanes.</summary>
    public static bool Fits(int vector) => Lists.Any(list => list.Vector == vector);

    /// <summary>Chooses the tile that takes the fewest steps over a layer, and its place in the list.</summary>
    /// <param name="lanesAreImages">What lies in the lanes.</param>
    /// <param name="vector">Lanes of a vector.</param>
    /// <param name="filters">Filters, or vectors of them.</param>
    /// <param name="width">Columns of the output.</param>
    public static (ChainTile Tile, int Index) Choose(bool lanesAreImages, int vector, int filters, int width)
    {
        ChainTile[] tiles = Array.Find(Lists, list => list.LanesAreImages == lanesAreImages && list.Vector == vector).Tiles;
        ChainTile best = tiles.Where(tile => tile.Columns <= width).MinBy(tile => tile.CountSteps(filters, width));
        return (best, Array.IndexOf(tiles, best));
    }

    /// <summary>How many tiles cover so many filters.</summary>
    public int Cover(int filters) => (filters + Filters - 1) / Filters;

    // A multiply-add is a step, and so is a load of what goes into it.
    private int CountSteps(int filters, int width) =>
        Cover(filters) * ((width + Columns - 1) / Columns) * Math.Max(LeastSums, (Filters * Columns) + Filters + Columns);
}
