namespace Convoy.Imaging;

/// <summary>A component of a JPEG picture, and what its scans have brought so far.</summary>
/// <param name="id">The number by which scans name it.</param>
/// <param name="across">Blocks side by side in one minimum coded unit (MCU) of several components.</param>
/// <param name="down">Blocks one above the other in it.</param>
internal sealed class JpegComponent(byte id, int across, int down)
{
    private const int Coefficients = 64;
    private const byte Missing = byte.MaxValue;

    // For each coefficient the lowest bit that has come, of all blocks.
    private readonly byte[] _lowestBits = [.. Enumerable.Repeat(Missing, Coefficients)];

    /// <summary>The number by which scans name it.</summary>
    public byte Id => id;

    /// <summary>Blocks side by side in one MCU of several components.</summary>
    public int Across => across;

    /// <summary>Blocks one above the other in such an MCU.</summary>
    public int Down => down;

    /// <summary>Blocks side by side that hold pixels; a scan of this component alone has no others.</summary>
    public int Columns { get; set; }

    /// <summary>Blocks one above the other that hold pixels.</summary>
    public int Rows { get; set; }

    /// <summary>Blocks from one row to the next.</summary>
    public int Pitch { get; set; }

    /// <summary>
    /// For each block the coefficients that are known not to be 0, a bit for each: progressive scans correct those. Of a
    /// sequential picture, which asks for none, all blocks have one place.
    /// </summary>
    public ulong[] NonZero { get; set; } = [];

    /// <summary>Whether every bit of every coefficient has come.</summary>
    public bool IsComplete => !_lowestBits.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Notes that a scan brought coefficients down to a bit.</summary>
    public void Complete(int first, int last, int lowestBit) => _lowestBits.AsSpan(first..(last + 1)).Fill((byte)lowestBit);
}
