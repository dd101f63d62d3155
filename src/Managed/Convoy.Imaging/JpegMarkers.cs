using System.Buffers.Binary;

namespace Convoy.Imaging;

/// <summary>Walks a JPEG file's markers (ITU-T T.81, annex B).</summary>
internal static class JpegMarkers
{
    /// <summary>A frame of sequential scans, 8 bits a sample (SOF0).</summary>
    public const byte Baseline = 0xC0;

    /// <summary>A frame of sequential scans (SOF1).</summary>
    public const byte Extended = 0xC1;

    /// <summary>A frame of progressive scans (SOF2).</summary>
    public const byte Progressive = 0xC2;

    /// <summary>Huffman tables (DHT).</summary>
    public const byte HuffmanTables = 0xC4;

    /// <summary>The end of the image (EOI).</summary>
    public const byte EndOfImage = 0xD9;

    /// <summary>A scan (SOS); its entropy-coded data follow the segment.</summary>
    public const byte StartOfScan = 0xDA;

    /// <summary>How many MCUs lie between two restart markers (DRI).</summary>
    public const byte RestartInterval = 0xDD;

    /// <summary>What each marker begins with.</summary>
    public const byte Prefix = 0xFF;

    /// <summary>The bytes of a marker.</summary>
    public const int MarkerBytes = 2;

    /// <summary>The bytes of a segment's length, which count themselves.</summary>
    public const int LengthBytes = 2;

    private const byte StartOfImage = 0xD8;

    /// <summary>
    /// Whether the file goes on to an end-of-image marker. The codec sees for itself when a sequential file ends before its
    /// lower rows, but takes a progressive file that lacks scans for a complete, blurred picture.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="scans">How many scans there are.</param>
    /// <param name="isDoubtful">
    /// Whether the marker may be another picture's, such as the thumbnail in what a phone wrote behind half of this one: a second
    /// frame comes before it, or the picture is progressive, of which nothing tells how many scans are its own.
    /// </param>
    public static bool ReachEnd(ReadOnlySpan<byte> file, out int scans, out bool isDoubtful)
    {
        scans = 0;
        isDoubtful = false;
        bool hasFrame = false;
        int position = 0;
        while (Next(file, ref position) is { } marker)
        {
            if (marker == EndOfImage)
            {
                return true;
            }

            if (!TryReadSegment(file, position, out ReadOnlySpan<byte> segment))
            {
                return false;
            }

            if (marker is Baseline or Extended or Progressive)
            {
                isDoubtful |= hasFrame || marker == Progressive;
                hasFrame = true;
            }

            scans += marker == StartOfScan ? 1 : 0;
            position += segment.Length + LengthBytes;
        }

        return false;
    }

    /// <summary>
    /// The next marker, and the position behind it; null where there is none. Stuffed zeros, restarts and the start are passed
    /// over: nothing follows them that belongs to them.
    /// </summary>
    public static byte? Next(ReadOnlySpan<byte> file, ref int position)
    {
        while (true)
        {
            int found = file[position..].IndexOf(Prefix);
            if (found < 0 || position + found + 1 == file.Length)
            {
                return null;
            }

            byte marker = file[position + found + 1];
            position += found + (marker == Prefix ? 1 : 2);
            if (marker is not (<= 0x01 or (>= 0xD0 and <= StartOfImage) or Prefix))
            {
                return marker;
            }
        }
    }

    /// <summary>The segment behind a marker, without its length; false where it is cut short.</summary>
    public static bool TryReadSegment(ReadOnlySpan<byte> file, int position, out ReadOnlySpan<byte> segment)
    {
        bool isWhole = BinaryPrimitives.TryReadUInt16BigEndian(file[position..], out ushort length)
            && length >= LengthBytes && length <= file.Length - position;
        segment = isWhole ? file.Slice(position + LengthBytes, length - LengthBytes) : [];
        return isWhole;
    }
}
