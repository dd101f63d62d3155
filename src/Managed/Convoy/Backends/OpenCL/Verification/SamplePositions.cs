namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// Which numbers of a feature map are looked at where all would take too long: a third of the coordinates at the edges and in
/// the middle, a third where tiles of a power of two meet, the rest anywhere. The same every time.
/// </summary>
internal static class SamplePositions
{
    private const int LargestTile = 7;

    /// <summary>So many places in channel, row, column order, or all where there are no more.</summary>
    public static int[] Choose(Shape shape, int count, int seed)
    {
        if (count >= shape.Count)
        {
            return [.. Enumerable.Range(0, (int)shape.Count)];
        }

        var positions = new int[count];
        uint state = SyntheticNumbers.Mix((uint)seed + 1);
        for (int i = 0; i < count; i++)
        {
            int channel = Coordinate(shape.Channels, ref state);
            int row = Coordinate(shape.Height, ref state);
            positions[i] = (((channel * shape.Height) + row) * shape.Width) + Coordinate(shape.Width, ref state);
        }

        return positions;
    }

    private static int Coordinate(int extent, ref uint state)
    {
        uint drawn = state = SyntheticNumbers.Mix(state + 0x9e3779b9);
        int anywhere = (int)(drawn / 3 % (uint)extent);
        return (drawn % 3) switch
        {
            0 => (anywhere % 5) switch
            {
                0 => 0,
                1 => extent - 1,
                2 => Math.Min(1, extent - 1),
                3 => Math.Max(0, extent - 2),
                _ => extent / 2,
            },
            1 => Math.Max(0, (anywhere & -(1 << (int)(drawn % LargestTile))) - (int)(drawn >> 31)),
            _ => anywhere,
        };
    }
}
