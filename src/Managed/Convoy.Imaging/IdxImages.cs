namespace Convoy.Imaging;

/// <summary>The images of an IDX file: grey bytes, row by row.</summary>
public sealed class IdxImages
{
    private readonly byte[] _pixels;

    internal IdxImages(byte[] pixels, int count, int rows, int columns)
    {
        _pixels = pixels;
        Count = count;
        Rows = rows;
        Columns = columns;
    }

    /// <summary>The number of images.</summary>
    public int Count { get; }

    /// <summary>The height of each, in pixels.</summary>
    public int Rows { get; }

    /// <summary>The width of each, in pixels.</summary>
    public int Columns { get; }

    /// <summary>The bytes of image <paramref name="index"/>: Rows x Columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> GetImage(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _pixels.AsSpan(index * Rows * Columns, Rows * Columns);
    }
}
