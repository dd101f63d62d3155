namespace Convoy.Imaging;

/// <summary>A JPEG file's Huffman code (ITU-T T.81, annex C): how many codes there are of each length, and their symbols.</summary>
internal sealed class JpegHuffmanTable
{
    /// <summary>What stands before the symbols: a count for each length of a code.</summary>
    public const int CountBytes = 16;

    private readonly byte[] _counts;
    private readonly byte[] _symbols;

    /// <param name="counts">How many codes there are of 1, 2, ... 16 bits.</param>
    /// <param name="symbols">Their symbols, short codes first.</param>
    public JpegHuffmanTable(ReadOnlySpan<byte> counts, ReadOnlySpan<byte> symbols)
    {
        _counts = counts.ToArray();
        _symbols = symbols.ToArray();
    }

    /// <summary>Reads a code and returns its symbol; 0, and the bits are exhausted, where there is none.</summary>
    public int Read(ref JpegBits bits)
    {
        // Codes of one length follow each other, and those of the next begin at twice the one behind them.
        int code = 0;
        int first = 0;
        int index = 0;
        foreach (byte count in _counts)
        {
            code = (code << 1) | bits.Read(1);
            first <<= 1;
            if (code - first < count)
            {
                return _symbols[index + code - first];
            }

            first += count;
            index += count;
        }

        bits.Exhaust();
        return 0;
    }
}
