using System.Globalization;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats;

/// <summary>
/// An element type as NumPy writes it (https://numpy.org/doc/stable/reference/arrays.interface.html, "typestr"): the order of bytes, a letter for
/// the kind, and a size: "&lt;f4".
/// </summary>
/// <param name="Name">The text itself.</param>
/// <param name="Type">What it is here.</param>
/// <param name="Size">Bytes an element takes.</param>
/// <param name="IsBigEndian">Whether they come highest first.</param>
internal sealed record NpyType(string Name, ElementType Type, int Size, bool IsBigEndian)
{
    private const int LongestName = 12;

    private static readonly ImmutableArray<(string Name, ElementType Type)> Known =
    [
        ("f4", ElementType.Float32), ("f2", ElementType.Float16), ("f8", ElementType.Float64), ("i1", ElementType.Int8), ("u1", ElementType.UInt8),
        ("i2", ElementType.Int16), ("u2", ElementType.UInt16), ("i4", ElementType.Int32), ("u4", ElementType.UInt32), ("i8", ElementType.Int64),
        ("u8", ElementType.UInt64), ("b1", ElementType.Boolean),
    ];

    /// <summary>Reads an element type.</summary>
    /// <exception cref="FileFaultException">It is none, or Python objects.</exception>
    public static NpyType Parse(string descr)
    {
        if (descr.Length is < 3 or > LongestName || descr[0] is not ('<' or '>' or '|' or '='))
        {
            throw descr is "|O" or "O"
                ? new FileFaultException("it holds Python objects, which are pickles and are not read; save each array of numbers by a name of its own")
                : Unknown(descr);
        }

        (string name, ElementType type) = Known.FirstOrDefault(each => descr.AsSpan(1).SequenceEqual(each.Name));
        if (name is not null)
        {
            return new NpyType(descr, type, type.SizeInBytes(), descr[0] == '>' && type.SizeInBytes() > 1);
        }

        // Complex numbers, long doubles, bytes, text, dates and raw bytes: what is to be known of them is how many bytes there are.
        string digits = new([.. descr.Skip(2).TakeWhile(char.IsAsciiDigit)]);
        return descr[1] is 'c' or 'f' or 'S' or 'U' or 'V' or 'm' or 'M'
            && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is > 0 and < 1 << 20
            ? new NpyType(descr, ElementType.Other, descr[1] == 'U' ? sizeof(int) * size : size, false)
            : throw Unknown(descr);
    }

    /// <summary>NumPy's text for a tensor's element type, little-endian; null where it has none.</summary>
    public static string? NameOf(ElementType type)
    {
        string? name = Known.FirstOrDefault(each => each.Type == type).Name;
        return name is null ? null : (type.SizeInBytes() == 1 ? '|' : '<') + name;
    }

    private static FileFaultException Unknown(string descr) => new($"its elements are of the type {Quote(descr)}, which is none of NumPy's for numbers");
}
