namespace Convoy.Weights.Formats.Hdf5;

/// <summary>The classes of element types (IV.A.2.d) that matter here.</summary>
internal enum Hdf5Class
{
    /// <summary>Whole numbers, records, references and what else there is.</summary>
    Other,
    Float,
    Text,
    VariableText,

    /// <summary>Bytes whose meaning an attribute says, as for bfloat16.</summary>
    Opaque,
}

/// <summary>An element type.</summary>
/// <param name="Class">Its class.</param>
/// <param name="Size">Bytes an element takes.</param>
/// <param name="IsBigEndian">Of numbers: whether the first byte is the highest.</param>
internal readonly record struct Hdf5Datatype(Hdf5Class Class, uint Size, bool IsBigEndian)
{
    /// <summary>Reads a message. A floating-point type that IEEE 754 does not have is another type.</summary>
    public static Hdf5Datatype Read(Hdf5Bytes file, ReadOnlySpan<byte> message)
    {
        var fields = new Hdf5Cursor(file, message, "an element type");
        int kind = fields.Byte() & 0xF;
        ulong bits = fields.Number(3);
        uint size = fields.UInt32();
        Hdf5Class known = kind switch
        {
            1 when IsIeee(ref fields, size, bits) => Hdf5Class.Float,
            3 => Hdf5Class.Text,
            5 => Hdf5Class.Opaque,
            9 when (bits & 0xF) == 1 => Hdf5Class.VariableText,
            _ => Hdf5Class.Other,
        };
        return new Hdf5Datatype(known, size, (bits & 1) != 0);
    }

    // Offset and precision; where the exponent and the fraction begin, and their widths; the exponent's bias.
    private static bool IsIeee(ref Hdf5Cursor fields, uint size, ulong bits)
    {
        const ulong VaxOrder = 0x40;
        (ushort Offset, ushort Precision, byte, byte Exponent, byte, byte Fraction, uint Bias) layout =
            (fields.UInt16(), fields.UInt16(), fields.Byte(), fields.Byte(), fields.Byte(), fields.Byte(), fields.UInt32());
        (int exponent, int fraction) = size switch
        {
            2 => (5, 10),
            4 => (8, 23),
            8 => (11, 52),
            _ => (0, 0),
        };
        return exponent > 0 && (bits & VaxOrder) == 0 && layout.Offset == 0 && layout.Precision == 8 * size
            && layout.Exponent == exponent && layout.Fraction == fraction && layout.Bias == (1u << (exponent - 1)) - 1;
    }
}

/// <summary>The extents of a dataset or an attribute (IV.A.2.b).</summary>
/// <param name="Extents">Its extents, outermost first; none for a single value.</param>
/// <param name="IsEmpty">Whether there is no value at all.</param>
internal sealed record Hdf5Dataspace(ImmutableArray<ulong> Extents, bool IsEmpty)
{
    /// <summary>How many elements there are; far too many where the count does not fit.</summary>
    public ulong Count
    {
        get
        {
            UInt128 count = IsEmpty ? 0u : 1u;
            foreach (ulong extent in Extents)
            {
                count = UInt128.Min(count * extent, ulong.MaxValue);
            }

            return (ulong)count;
        }
    }

    /// <summary>Reads a message.</summary>
    public static Hdf5Dataspace Read(Hdf5Bytes file, ReadOnlySpan<byte> message)
    {
        const int NullSpace = 2;
        var fields = new Hdf5Cursor(file, message, "the extents of a dataset or an attribute");
        int version = fields.Byte();
        int rank = fields.Byte();
        fields.Skip(1);
        bool isEmpty = version == 2 && fields.Byte() == NullSpace;
        fields.Skip(version == 2 ? 0 : 5);
        var extents = ImmutableArray.CreateBuilder<ulong>();
        for (int i = 0; i < rank; i++)
        {
            extents.Add(fields.UInt64());
        }

        return new Hdf5Dataspace(extents.ToImmutable(), isEmpty);
    }
}
