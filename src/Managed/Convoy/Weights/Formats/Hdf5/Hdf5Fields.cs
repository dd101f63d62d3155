using System.Buffers;
using System.Buffers.Binary;

namespace Convoy.Weights.Formats.Hdf5;

/// <summary>Puts the fields of one structure together, little-endian all of them.</summary>
internal sealed class Hdf5Fields
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>How many bytes there are.</summary>
    public int Length => _bytes.WrittenCount;

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>Bytes as they are.</summary>
    public void Bytes(params ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    /// <summary>A number of two bytes.</summary>
    public void UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(sizeof(ushort)), checked((ushort)value));
        _bytes.Advance(sizeof(ushort));
    }

    /// <summary>A number of four bytes.</summary>
    public void UInt32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), value);
        _bytes.Advance(sizeof(int));
    }

    /// <summary>A number of eight bytes: an address or a length.</summary>
    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(sizeof(ulong)), value);
        _bytes.Advance(sizeof(ulong));
    }

    /// <summary>Zeros up to a multiple of eight bytes.</summary>
    public void Fill() => _bytes.Write(stackalloc byte[-Length & 7]);
}
