namespace Convoy.Onnx.Import;

/// <summary>Arithmetic of axes and extents.</summary>
internal static class Axes
{
    private const int MostExtents = 32;

    /// <summary>An axis counted from the front; ONNX counts negative ones from the end.</summary>
    /// <exception cref="UnsupportedException">There is no such axis.</exception>
    public static int Resolve(long axis, int rank) => axis >= -rank && axis < rank
        ? (int)(axis < 0 ? axis + rank : axis)
        : throw new UnsupportedException(FormattableString.Invariant($"its axis {axis} is none of a tensor of {rank} extents"));

    /// <summary>Refuses more extents than any network has, whose handling would take long.</summary>
    /// <exception cref="UnsupportedException">There are more.</exception>
    public static void CheckRank(int rank)
    {
        if (rank > MostExtents)
        {
            throw new UnsupportedException(FormattableString.Invariant($"a tensor of {rank:N0} extents has more than {MostExtents}"));
        }
    }

    /// <summary>How many elements a tensor has.</summary>
    /// <exception cref="UnsupportedException">More than can be counted.</exception>
    public static long Count(ReadOnlySpan<int> extents)
    {
        long count = 1;
        foreach (int extent in extents)
        {
            if (Math.BigMul(count, extent, out count) != 0 || count < 0)
            {
                throw new UnsupportedException("a tensor of it has more elements than can be counted");
            }
        }

        return count;
    }

    /// <inheritdoc cref="Count(ReadOnlySpan{int})"/>
    public static long Count(ImmutableArray<int> extents) => Count(extents.AsSpan());

    /// <summary>An extent that the model names.</summary>
    /// <exception cref="UnsupportedException">It is negative, or larger than any tensor's.</exception>
    public static int Extent(long extent) => extent is >= 0 and <= int.MaxValue
        ? (int)extent
        : throw new UnsupportedException(FormattableString.Invariant($"it asks for an extent of {extent}"));
}
