using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.PyTorch;

/// <summary>Where the numbers of a storage lie.</summary>
/// <param name="Bytes">What they are in.</param>
/// <param name="Offset">Where they begin.</param>
/// <param name="Length">How many bytes they take.</param>
internal readonly record struct TorchBytes(WeightStorage Bytes, long Offset, long Length);

/// <summary>Makes tensors of what the pickle of a file of PyTorch's said, and of where its storages lie; the same for both kinds of file.</summary>
internal static class TorchFile
{
    /// <summary>The tensors that a pickle told of.</summary>
    /// <param name="root">What the pickle held.</param>
    /// <param name="source">The file.</param>
    /// <param name="isBigEndian">Whether the numbers' bytes come highest first.</param>
    /// <param name="find">Finds a storage.</param>
    /// <param name="storages">Gets the storages of tensors that do not lie in row-major order and little-endian.</param>
    /// <param name="empty">Gets the names of tensors without an element.</param>
    /// <exception cref="FileFaultException">A tensor reaches out of its storage, or cannot be read.</exception>
    public static IReadOnlyList<WeightTensor> FindTensors(
        object? root, string source, bool isBigEndian, Func<TorchStorage, TorchBytes> find, ICollection<WeightStorage> storages, ICollection<string> empty)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var tensors = new List<WeightTensor>();
        foreach ((string name, TorchTensor tensor) in StateDictionary.Flatten(root, Path.GetFileNameWithoutExtension(source)))
        {
            if (!names.Add(name))
            {
                throw new FileFaultException($"it has two tensors named {Quote(name)}");
            }

            if (tensor.Extents.Contains(0))
            {
                empty.Add(name);
            }
            else
            {
                tensors.Add(Make(name, tensor, isBigEndian, find(tensor.Storage), storages));
            }
        }

        return tensors;
    }

    private static WeightTensor Make(string name, TorchTensor tensor, bool isBigEndian, TorchBytes bytes, ICollection<WeightStorage> storages)
    {
        int size = tensor.Type.Size;
        int[] extents = CheckExtents(name, tensor, out long count);
        long[] strides = [.. tensor.Strides];
        long span = ArrangedStorage.CountSpan(extents, strides);
        long there = bytes.Length / size;
        if (tensor.Offset < 0 || tensor.Offset > there || span > there - tensor.Offset)
        {
            throw new FileFaultException($"tensor {Quote(name)} reaches out of its storage of {there:N0} numbers");
        }

        if (count > there)
        {
            throw new FileFaultException(
                $"tensor {Quote(name)} repeats the numbers of its storage (it was expanded); save it as a tensor of its own, with contiguous()");
        }

        if (span * size > WeightSet.MaxTensorBytes)
        {
            throw new FileFaultException($"tensor {Quote(name)} is larger than 2 GiB, the most that one tensor may take");
        }

        long offset = bytes.Offset + (tensor.Offset * size);
        var shape = new Shape(extents);
        ElementType type = tensor.Type.Type;
        if (IsRowMajor(extents, strides) && (type == ElementType.Other || size == 1 || !isBigEndian))
        {
            return new WeightTensor(name, type, shape, bytes.Bytes, offset, (int)(count * size), type == ElementType.Other ? tensor.Type.Name : null);
        }

        if (type == ElementType.Other)
        {
            throw new FileFaultException($"tensor {Quote(name)} is {tensor.Type.Name} at strides, which is not read; leave it out");
        }

        var arranged = new ArrangedStorage(bytes.Bytes, offset, size, extents, strides, isBigEndian);
        storages.Add(arranged);
        return new WeightTensor(name, type, shape, arranged, 0, (int)arranged.Length);
    }

    private static int[] CheckExtents(string name, TorchTensor tensor, out long count)
    {
        if (tensor.Extents.Length != tensor.Strides.Length || tensor.Extents.Length > SafetensorsFormat.MaxRank)
        {
            throw new FileFaultException($"tensor {Quote(name)} has {tensor.Extents.Length} extents and {tensor.Strides.Length} strides, but must have one for the other, and {SafetensorsFormat.MaxRank} at most");
        }

        count = 1;
        foreach (long extent in tensor.Extents)
        {
            count = extent <= int.MaxValue && count * extent <= int.MaxValue
                ? count * extent
                : throw new FileFaultException($"tensor {Quote(name)} is larger than 2 GiB, the most that one tensor may take");
        }

        return [.. tensor.Extents.Select(extent => (int)extent)];
    }

    /// <summary>Whether numbers lie in row-major order; what the stride of a single one is does not matter.</summary>
    private static bool IsRowMajor(int[] extents, long[] strides)
    {
        long[] expected = ArrangedStorage.RowMajor(extents);
        return Enumerable.Range(0, extents.Length).All(axis => extents[axis] == 1 || strides[axis] == expected[axis]);
    }
}
