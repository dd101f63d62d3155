using System.Buffers.Binary;
using System.Text;

namespace Convoy.Weights.Formats;

/// <summary>What a NumPy array's header says.</summary>
/// <param name="Type">The element type.</param>
/// <param name="IsFortranOrder">Whether the first index is the fastest in memory.</param>
/// <param name="Extents">The extents, outermost first; they may be nothing, or zero.</param>
/// <param name="Length">How many bytes lie in front of the numbers.</param>
internal sealed record NpyHeader(NpyType Type, bool IsFortranOrder, ImmutableArray<int> Extents, int Length)
{
    /// <summary>The longest header that is read: a limit of ours, far beyond what eight extents take.</summary>
    private const int MaxLength = 1 << 16;

    private const int VersionAt = 6;
    private const int LengthAt = 8;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Whether a file begins as an array does.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>
    /// Reads the header of an array (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): the magic bytes, a version, a
    /// length of two bytes or, from version 2 on, four, and a Python dictionary that tells element type, order and shape.
    /// </summary>
    /// <exception cref="FileFaultException">It is malformed.</exception>
    public static NpyHeader Read(WeightStorage array)
    {
        Span<byte> prefix = stackalloc byte[LengthAt + sizeof(uint)];
        int atHand = (int)Math.Min(prefix.Length, array.Length);
        array.Read(0, prefix[..atHand]);
        prefix = prefix[..atHand];
        if (!Recognizes(prefix) || prefix.Length < LengthAt + sizeof(ushort))
        {
            throw new FileFaultException("it does not begin as a NumPy array does, or is cut short");
        }

        int version = prefix[VersionAt];
        bool isShort = version == 1;
        if (version is not (1 or 2 or 3))
        {
            throw new FileFaultException($"it is a NumPy array of format {version}.{prefix[VersionAt + 1]}, but 1, 2 and 3 are read");
        }

        if (!isShort && prefix.Length < LengthAt + sizeof(uint))
        {
            throw new FileFaultException("its header is cut short");
        }

        int start = LengthAt + (isShort ? sizeof(ushort) : sizeof(uint));
        uint length = isShort ? BinaryPrimitives.ReadUInt16LittleEndian(prefix[LengthAt..]) : BinaryPrimitives.ReadUInt32LittleEndian(prefix[LengthAt..]);
        if (length > MaxLength || length > array.Length - start)
        {
            throw new FileFaultException($"it declares a header of {length:N0} bytes, but there are {array.Length - start:N0}, and none longer than {MaxLength:N0} is read");
        }

        byte[] text = new byte[length];
        array.Read(start, text);
        (NpyType type, bool isFortranOrder, ImmutableArray<int> extents) = NpyHeaderParser.Parse(Encoding.UTF8.GetString(text));
        return new NpyHeader(type, isFortranOrder, extents, start + text.Length);
    }

    /// <summary>The header that NumPy itself writes: version 1, and blanks up to a multiple of 64 bytes.</summary>
    public static byte[] Write(string descr, ReadOnlySpan<int> extents)
    {
        const int Alignment = 64;
        string shape = extents.Length == 1 ? $"{extents[0]}," : string.Join(", ", extents.ToArray());
        string text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}";
        int start = LengthAt + sizeof(ushort);
        int whole = (start + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        byte[] header = new byte[whole];
        Magic.CopyTo(header);
        header[VersionAt] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(LengthAt), (ushort)(whole - start));
        header.AsSpan(start).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, header.AsSpan(start));
        header[^1] = (byte)'\n';
        return header;
    }
}
