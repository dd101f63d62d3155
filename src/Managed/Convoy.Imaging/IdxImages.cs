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

    /// <summary>These images with each byte v as 255 - v.</summary>
    internal IdxImages Invert() => new(Array.ConvertAll(_pixels, value => (byte)~value), Count, Rows, Columns);

    /// <summary>These images with rows and columns exchanged.</summary>
    internal IdxImages Transpose()
    {
        byte[] transposed = new byte[_pixels.Length];
        for (int i = 0; i < Count; i++)
        {
            ReadOnlySpan<byte> source = GetImage(i);
            Span<byte> target = transposed.AsSpan(i * Rows * Columns, Rows * Columns);
            for (int row = 0; row < Rows; row++)
            {
                for (int column = 0; column < Columns; column++)
                {
                    target[(column * Rows) + row] = source[(row * Columns) + column];
                }
            }
        }

        return new IdxImages(transposed, Count, Columns, Rows);
    }

    /// <summary>The bytes of image <paramref name="index"/>: Rows x Columns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> GetImage(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return _pixels.AsSpan(index * Rows * Columns, Rows * Columns);
    }
}
