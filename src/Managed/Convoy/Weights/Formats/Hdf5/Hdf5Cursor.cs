using System.Buffers.Binary;
using System.Text;

namespace Convoy.Weights.Formats.Hdf5;

/// <summary>Goes through the fields of one structure, little-endian all of them, and never behind its end.</summary>
internal ref struct Hdf5Cursor(Hdf5Bytes file, ReadOnlySpan<byte> bytes, string what)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Bytes gone through.</summary>
    public int Position { get; private set; }

    /// <summary>Bytes not gone through.</summary>
    public readonly int Remaining => _bytes.Length - Position;

    /// <summary>Bytes as they are.</summary>
    public ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > Remaining)
        {
            throw file.Fault($"{what} is damaged: it is longer than its own size");
        }

        ReadOnlySpan<byte> taken = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return taken;
    }

    /// <summary>Passes over bytes.</summary>
    public void Skip(long count) => Take(count);

    /// <summary>A number of one byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>A number of two bytes.</summary>
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    /// <summary>A number of four bytes.</summary>
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>A number of eight bytes: an address or a length.</summary>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>A number of up to eight bytes.</summary>
    public ulong Number(int width)
    {
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        Take(width).CopyTo(number);
        return BinaryPrimitives.ReadUInt64LittleEndian(number);
    }

    /// <summary>A text of so many bytes, up to its first zero.</summary>
    public string Text(long count) => TextIn(Take(count));

    /// <summary>The text in bytes, up to their first zero.</summary>
    public static string TextIn(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    /// <summary>Demands the four letters that a structure begins with.</summary>
    public void Expect(ReadOnlySpan<byte> signature)
    {
        if (!Take(signature.Length).SequenceEqual(signature))
        {
            throw file.Fault($"{what} is not where it should be, so it is damaged");
        }
    }
}
