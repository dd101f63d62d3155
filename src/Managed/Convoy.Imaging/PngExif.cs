using System.Buffers.Binary;
using SkiaSharp;

namespace Convoy.Imaging;

/// <summary>
/// Finds the orientation in a PNG file's eXIf chunk (PNG third edition, 11.3.4.5; Exif 2.32, 4.6), which the codec passes over.
/// </summary>
internal static class PngExif
{
    private const int SignatureBytes = 8;
    private const int OrientationTag = 0x0112;
    private const int EntryBytes = 12;

    /// <summary>The orientation, or top left where the file states none that makes sense.</summary>
    public static SKEncodedOrigin ReadOrigin(ReadOnlySpan<byte> file)
    {
        // A chunk is its length, its type, as many bytes, and a checksum.
        ReadOnlySpan<byte> rest = file[SignatureBytes..];
        while (rest.Length >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                break;
            }

            if (rest.Slice(4, 4).SequenceEqual("eXIf"u8))
            {
                return ReadOrientation(rest.Slice(8, (int)length));
            }

            rest = rest[((int)length + 12)..];
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static SKEncodedOrigin ReadOrientation(ReadOnlySpan<byte> exif)
    {
        bool littleEndian = exif.StartsWith("II*\0"u8);
        if (exif.Length < 10 || (!littleEndian && !exif.StartsWith("MM\0*"u8)))
        {
            return SKEncodedOrigin.TopLeft;
        }

        uint directory = littleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(exif[4..]) : BinaryPrimitives.ReadUInt32BigEndian(exif[4..]);
        if (directory > exif.Length - 2)
        {
            return SKEncodedOrigin.TopLeft;
        }

        int count = Read16(exif[(int)directory..], littleEndian);
        ReadOnlySpan<byte> entries = exif[((int)directory + 2)..];
        for (; count > 0 && entries.Length >= EntryBytes; count--, entries = entries[EntryBytes..])
        {
            if (Read16(entries, littleEndian) == OrientationTag)
            {
                var origin = (SKEncodedOrigin)Read16(entries[8..], littleEndian);
                return Enum.IsDefined(origin) ? origin : SKEncodedOrigin.TopLeft;
            }
        }

        return SKEncodedOrigin.TopLeft;
    }

    private static int Read16(ReadOnlySpan<byte> bytes, bool littleEndian) =>
        littleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);
}
