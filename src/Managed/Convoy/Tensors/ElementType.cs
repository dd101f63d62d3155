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
}

/// <summary>Facts about element types.</summary>
internal static class ElementTypes
{
    /// <summary>Bytes an element takes.</summary>
    public static int SizeInBytes(this ElementType type) => type switch
    {
        ElementType.Float32 => 4,
        ElementType.Float16 or ElementType.BFloat16 => 2,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "There is no such element type."),
    };
}
