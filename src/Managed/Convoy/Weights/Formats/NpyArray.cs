using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats;

/// <summary>One NumPy array as a tensor, wherever its bytes lie.</summary>
internal static class NpyArray
{
    /// <summary>Reads an array's header and checks that its bytes bear it out; null for an array without elements, which no layer has.</summary>
    /// <param name="name">What the tensor is called.</param>
    /// <param name="bytes">The array, and nothing behind it.</param>
    /// <param name="arranged">Gets the storage of a tensor that does not lie in row-major order and little-endian.</param>
    /// <exception cref="FileFaultException">It is malformed.</exception>
    public static WeightTensor? Find(string name, WeightStorage bytes, ICollection<WeightStorage> arranged)
    {
        NpyHeader header = NpyHeader.Read(bytes);
        Int128 size = header.Type.Size;
        foreach (int extent in header.Extents)
        {
            size *= extent;
        }

        if (size > WeightSet.MaxTensorBytes)
        {
            throw new FileFaultException("it is larger than 2 GiB, the most that one tensor may take");
        }

        if (size != bytes.Length - header.Length)
        {
            throw new FileFaultException(
                $"its header tells of {(long)size:N0} bytes of numbers ({string.Join(" x ", header.Extents)} of {Quote(header.Type.Name)}), but {bytes.Length - header.Length:N0} follow");
        }

        if (size == 0)
        {
            return null;
        }

        var shape = new Shape(header.Extents.AsSpan());
        bool isInOrder = header.Type.Type == ElementType.Other || (!header.Type.IsBigEndian && !(header.IsFortranOrder && shape.Rank > 1));
        if (isInOrder)
        {
            string? otherName = header.Type.Type == ElementType.Other ? header.Type.Name : null;
            return new WeightTensor(name, header.Type.Type, shape, bytes, header.Length, (int)size, otherName);
        }

        long[] strides = header.IsFortranOrder ? ColumnMajor(header.Extents) : ArrangedStorage.RowMajor(header.Extents.AsSpan());
        var storage = new ArrangedStorage(bytes, header.Length, header.Type.Size, header.Extents.AsSpan(), strides, header.Type.IsBigEndian);
        arranged.Add(storage);
        return new WeightTensor(name, header.Type.Type, shape, storage, 0, (int)size);
    }

    /// <summary>Writes a tensor as an array, in an element type that <see cref="TensorBytes.TypeInFile"/> chose; bf16, which NumPy does not have, as fp32.</summary>
    /// <exception cref="WeightException">NumPy has no such element type.</exception>
    public static void Write(Stream destination, WeightTensor tensor, ElementType type)
    {
        type = type == ElementType.BFloat16 ? ElementType.Float32 : type;
        string descr = NpyType.NameOf(type)
            ?? throw new WeightException($"The tensor {Quote(tensor.Name)} is {tensor.ElementTypeName}, which NumPy's files are not written with; leave it out.");
        destination.Write(NpyHeader.Write(descr, tensor.Shape.Extents.AsSpan()));
        TensorBytes.Write(destination, tensor, type);
    }

    private static long[] ColumnMajor(ImmutableArray<int> extents)
    {
        long[] strides = ArrangedStorage.RowMajor([.. extents.Reverse()]);
        Array.Reverse(strides);
        return strides;
    }
}
