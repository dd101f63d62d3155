using System.Buffers.Binary;

namespace Convoy.Imaging;

/// <summary>Walks a JPEG file's markers (ITU-T T.81, annex B).</summary>
internal static class JpegMarkers
{
    private const byte StartOfImage = 0xD8;
    private const byte EndOfImage = 0xD9;

    /// <summary>
    /// Whether the file goes on to its end-of-image marker. The codec sees for itself when a sequential file lacks its
    /// lower rows, but takes a progressive file that lacks scans for a complete, blurred picture.
    /// </summary>
    public static bool ReachEnd(ReadOnlySpan<byte> file)
    {
        ReadOnlySpan<byte> rest = file;
        while (true)
        {
            int found = rest.IndexOf((byte)0xFF);
            if (found < 0 || found + 1 == rest.Length)
            {
                return false;
            }

            byte marker = rest[found + 1];
            if (marker == EndOfImage)
            {
                return true;
            }

            if (marker == 0xFF)
            {
                rest = rest[(found + 1)..];
                continue;
            }

            rest = rest[(found + 2)..];
            if (marker is <= 0x01 or (>= 0xD0 and <= StartOfImage))
            {
                continue; // a stuffed zero, a restart or the start: nothing follows that belongs to it
            }

            if (!BinaryPrimitives.TryReadUInt16BigEndian(rest, out ushort length) || length > rest.Length)
            {
                return false;
            }

            rest = rest[length..];
        }
    }
}
