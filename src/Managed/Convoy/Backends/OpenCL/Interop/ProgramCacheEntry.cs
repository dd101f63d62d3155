using System.Buffers.Binary;
using System.IO.Hashing;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// The bytes of one cached program. Little-endian: 8 bytes "CONVOYCL", the format version (4), the key (16), the binary's
/// length (8), the XXH128 of the binary (16), the binary. The checksum is against damage: only the user can write the folder.
/// </summary>
internal static class ProgramCacheEntry
{
    /// <summary>Part of every key: a new format finds none of the old entries.</summary>
    public const int FormatVersion = 2;

    /// <summary>What precedes the binary.</summary>
    public const int HeaderBytes = ChecksumAt + HashBytes;

    private const int HashBytes = 16;
    private const int VersionAt = 8;
    private const int KeyAt = VersionAt + sizeof(int);
    private const int LengthAt = KeyAt + HashBytes;
    private const int ChecksumAt = LengthAt + sizeof(long);

    private static ReadOnlySpan<byte> Magic => "CONVOYCL"u8;

    /// <summary>A file's content for a binary.</summary>
    /// <param name="key">The entry's key, in hexadecimal.</param>
    /// <param name="binary">The driver's binary.</param>
    public static byte[] Wrap(string key, ReadOnlySpan<byte> binary)
    {
        var file = new byte[HeaderBytes + binary.Length];
        WriteHeader(file, key, binary);
        binary.CopyTo(file.AsSpan(HeaderBytes));
        return file;
    }

    /// <summary>The binary in a file; null when the file is anything but a whole entry of that key.</summary>
    public static byte[]? Unwrap(string key, ReadOnlySpan<byte> file)
    {
        if (file.Length <= HeaderBytes)
        {
            return null;
        }

        // The header that these bytes should have is the header they must have.
        ReadOnlySpan<byte> binary = file[HeaderBytes..];
        Span<byte> expected = stackalloc byte[HeaderBytes];
        WriteHeader(expected, key, binary);
        return file[..HeaderBytes].SequenceEqual(expected) ? binary.ToArray() : null;
    }

    private static void WriteHeader(Span<byte> header, string key, ReadOnlySpan<byte> binary)
    {
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header[VersionAt..], FormatVersion);
        Convert.FromHexString(key).CopyTo(header[KeyAt..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[LengthAt..], binary.Length);
        XxHash128.Hash(binary, header[ChecksumAt..]);
    }
}
