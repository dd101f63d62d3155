namespace Convoy.Backends.Winograd;

/// <summary>How one axis of an output is cut into tiles: large ones, which use the point at infinity, then small ones.</summary>
/// <param name="Taps">The filter's extent, after folding.</param>
/// <param name="Outputs">Outputs of a small tile; a large one has one more.</param>
/// <param name="Large">Large tiles.</param>
/// <param name="Small">Small tiles.</param>
internal readonly record struct WinogradAxis(int Taps, int Outputs, int Large, int Small)
{
    /// <summary>Tiles of both sizes.</summary>
    public int Tiles => Large + Small;

    /// <summary>Outputs the tiles have room for, which may be more than there are.</summary>
    public int Room => (Large * (Outputs + 1)) + (Small * Outputs);

    /// <summary>Points along the axis of the grid of planes.</summary>
    public int PointsOf(int pairs) => (2 * pairs) + (Large > 0 ? 1 : 0);

    /// <summary>Points of all tiles.</summary>
    public int PointsOfTiles(int pairs) => (Large * ((2 * pairs) + 1)) + (Small * 2 * pairs);

    /// <summary>
    /// The division with the fewest points in all: 13 outputs are 7 and 6 without waste. At most as many tiles are small as
    /// each has outputs; of one more, large tiles would do with fewer points.
    /// </summary>
    public static WinogradAxis Divide(int extent, int taps, int pairs)
    {
        int outputs = (2 * pairs) - taps + 1;
        return Enumerable.Range(0, outputs + 1)
            .Select(small => new WinogradAxis(taps, outputs, Math.Max(0, (extent - (small * outputs) + outputs) / (outputs + 1)), small))
            .OrderBy(axis => axis.PointsOfTiles(pairs))
            .ThenByDescending(axis => axis.Small)
            .First();
    }
}
