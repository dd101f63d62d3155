using System.Buffers.Binary;
using System.Text;

namespace Convoy.Weights.Formats;

/// <summary>What the beginning of a zip archive tells (APPNOTE.TXT, https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT).</summary>
internal static class ZipSignature
{
    private const int LengthAt = 26;
    private const int NameAt = 30;

    /// <summary>Whether it is one: 4.3.7, a file's local header, and 4.3.16, the end of an archive, which is all there is of an empty one.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start) =>
        start is [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..];

    /// <summary>The name of its first entry; nothing for other files.</summary>
    public static string FirstName(ReadOnlySpan<byte> start)
    {
        if (!Recognizes(start) || start.Length < NameAt)
        {
            return "";
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(start[LengthAt..]);
        return Encoding.UTF8.GetString(start.Slice(NameAt, Math.Min(length, start.Length - NameAt)));
    }
}
