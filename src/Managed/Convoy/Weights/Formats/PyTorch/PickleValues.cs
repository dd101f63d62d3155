namespace Convoy.Weights.Formats.PyTorch;

/// <summary>A Python tuple.</summary>
internal sealed record PickleTuple(object?[] Items);

/// <summary>A Python dictionary, in the order in which its keys came.</summary>
internal sealed class PickleDictionary
{
    public List<(object? Key, object? Value)> Items { get; } = [];

    /// <summary>The value of a key that is a text.</summary>
    public object? this[string key] => Items.LastOrDefault(item => item.Key is string text && text == key).Value;
}

/// <summary>Something of Python's own that is named and not there: a class, a function, a constant.</summary>
internal sealed record PickleGlobal(string Module, string Name)
{
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>An object that matters to no tensor, such as NumPy's numbers or a device.</summary>
internal sealed class PickleOpaque
{
    public static PickleOpaque Instance { get; } = new();
}

/// <summary>Numbers that lie elsewhere, by the name they have there.</summary>
/// <param name="Key">The name.</param>
/// <param name="Type">What one number is.</param>
/// <param name="Count">How many there are.</param>
/// <param name="First">Which is the first that is meant, where the storage is a view of another.</param>
internal sealed record TorchStorage(string Key, TorchType Type, long Count, long First);

/// <summary>A tensor: the numbers of a storage from an offset on, at strides.</summary>
internal sealed record TorchTensor(TorchStorage Storage, TorchType Type, long Offset, ImmutableArray<long> Extents, ImmutableArray<long> Strides);

/// <summary>An element type by the names that PyTorch has for it.</summary>
internal sealed record TorchType(string Name, string StorageName, ElementType Type, int Size)
{
    private static readonly ImmutableArray<TorchType> All =
    [
        new("float32", "FloatStorage", ElementType.Float32, 4), new("float16", "HalfStorage", ElementType.Float16, 2),
        new("bfloat16", "BFloat16Storage", ElementType.BFloat16, 2), new("float64", "DoubleStorage", ElementType.Float64, 8),
        new("int64", "LongStorage", ElementType.Int64, 8), new("int32", "IntStorage", ElementType.Int32, 4),
        new("int16", "ShortStorage", ElementType.Int16, 2), new("int8", "CharStorage", ElementType.Int8, 1),
        new("uint8", "ByteStorage", ElementType.UInt8, 1), new("bool", "BoolStorage", ElementType.Boolean, 1),
        new("complex64", "ComplexFloatStorage", ElementType.Other, 8), new("complex128", "ComplexDoubleStorage", ElementType.Other, 16),
        new("uint16", "", ElementType.UInt16, 2), new("uint32", "", ElementType.UInt32, 4), new("uint64", "", ElementType.UInt64, 8),
        new("float8_e4m3fn", "", ElementType.Other, 1), new("float8_e5m2", "", ElementType.Other, 1),
    ];

    /// <summary>Bytes of no type of their own, which the tensors in them give.</summary>
    public static TorchType Untyped { get; } = new("", "UntypedStorage", ElementType.Other, 1);

    /// <summary>The type that "torch.float32" names; null where there is none.</summary>
    public static TorchType? OfName(string name) => All.FirstOrDefault(type => type.Name == name);

    /// <summary>The type that tensors are written as; null where PyTorch has no storages of it.</summary>
    public static TorchType? Of(ElementType type) => type == ElementType.Other ? null
        : All.FirstOrDefault(each => each.Type == type && each.StorageName.Length > 0);

    /// <summary>The type of "torch.FloatStorage"; null where there is none.</summary>
    public static TorchType? OfStorage(string name) => name == Untyped.StorageName ? Untyped
        : All.FirstOrDefault(type => type.StorageName == name && name.Length > 0);
}
