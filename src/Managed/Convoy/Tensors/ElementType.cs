namespace Convoy.Tensors;

/// <summary>How one number of a tensor is stored.</summary>
public enum ElementType
{
    /// <summary>IEEE 754 binary32.</summary>
    Float32,

    /// <summary>IEEE 754 binary16.</summary>
    Float16,

    /// <summary>The upper half of a binary32: 8 bits of exponent, 7 of fraction.</summary>
    BFloat16,

    /// <summary>IEEE 754 binary64.</summary>
    Float64,

    /// <summary>An integer of 8 bits with a sign.</summary>
    Int8,

    /// <summary>An integer of 8 bits without a sign.</summary>
    UInt8,

    /// <summary>An integer of 16 bits with a sign.</summary>
    Int16,

    /// <summary>An integer of 16 bits without a sign.</summary>
    UInt16,

    /// <summary>An integer of 32 bits with a sign.</summary>
    Int32,

    /// <summary>An integer of 32 bits without a sign.</summary>
    UInt32,

    /// <summary>An integer of 64 bits with a sign.</summary>
    Int64,

    /// <summary>An integer of 64 bits without a sign.</summary>
    UInt64,

    /// <summary>True or false, in a byte.</summary>
    Boolean,

    /// <summary>Any other, such as complex numbers or floating point in 8 bits: files may hold it, and nothing here computes with it.</summary>
    Other,
}

/// <summary>Facts about element types.</summary>
internal static class ElementTypes
{
    /// <summary>Bytes an element takes; those of <see cref="ElementType.Other"/> are not known.</summary>
    public static int SizeInBytes(this ElementType type) => type switch
    {
        ElementType.Int8 or ElementType.UInt8 or ElementType.Boolean => 1,
        ElementType.Float16 or ElementType.BFloat16 or ElementType.Int16 or ElementType.UInt16 => 2,
        ElementType.Float32 or ElementType.Int32 or ElementType.UInt32 => 4,
        ElementType.Float64 or ElementType.Int64 or ElementType.UInt64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such element type."),
    };

    /// <summary>Whether weights can be kept in it: floating point of 16 to 64 bits.</summary>
    public static bool IsFloatingPoint(this ElementType type) =>
        type is ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float64;
}
