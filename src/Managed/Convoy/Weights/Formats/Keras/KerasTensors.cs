using Convoy.Weights.Formats.Hdf5;

namespace Convoy.Weights.Formats.Keras;

/// <summary>
/// Makes tensors of Keras' arrays: named as layers of ours name them, their axes in our order. Keras keeps a kernel's inputs and
/// outputs last: [kh, kw, in, out] of a convolution, [kh, kw, in, multiplier] of a depthwise one, [in, out] of a dense layer.
/// </summary>
internal static class KerasTensors
{
    /// <summary>The tensors, and what of them is not read where it lies.</summary>
    /// <exception cref="WeightException">An array is damaged, or two have one name.</exception>
    public static WeightContents Read(WeightStorage file, IEnumerable<KerasVariable> variables, IReadOnlyDictionary<string, string> metadata)
    {
        var tensors = new List<WeightTensor>();
        var unpacked = new List<WeightStorage>();
        var empty = new List<string>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (KerasVariable variable in variables)
        {
            WeightTensor? tensor = Read(file, variable, unpacked, empty);
            if (tensor is null)
            {
                continue;
            }

            tensors.Add(names.Add(tensor.Name)
                ? tensor
                : throw WeightException.Unreadable(file.Source, $"two of its arrays are named {WeightException.Quote(tensor.Name)}"));
        }

        return new WeightContents(tensors, metadata, unpacked) { Empty = empty };
    }

    private static WeightTensor? Read(WeightStorage file, KerasVariable variable, List<WeightStorage> unpacked, List<string> empty)
    {
        Hdf5Dataset data = variable.Data.ReadDataset();
        bool isBrainFloat = data.Type is { Class: Hdf5Class.Opaque, Size: 2 } && variable.Data.FindTexts("dtype") is ["bfloat16"];
        if (data.Type.Class != Hdf5Class.Float && !isBrainFloat)
        {
            // Counters and seeds, which nothing needs that is not trained on.
            return null;
        }

        string name = $"{NameOwner(variable)}.{NameIn(variable)}";
        if (data.IsEmpty)
        {
            empty.Add(name);
            return null;
        }

        ImmutableArray<int> order = ChooseOrder(variable.Role, data.Extents.Length);
        Shape shape = ChooseShape(variable.Role, data.Extents, order);
        ElementType type = isBrainFloat ? ElementType.BFloat16
            : data.Type.Size == 2 ? ElementType.Float16
            : data.Type.Size == 4 ? ElementType.Float32
            : ElementType.Float64;

        // Features, if they are pixels, are counted as Keras does: a dense layer's inputs, and what is there for each of a vector's.
        bool isChannelsLast = variable.Role switch
        {
            KerasRole.Kernel => shape.Rank == 2,
            KerasRole.Gamma or KerasRole.Beta or KerasRole.MovingMean or KerasRole.MovingVariance or KerasRole.Slopes => shape.Rank == 1,
            _ => false,
        };
        (WeightStorage storage, long offset) = Arrange(file, data, order, unpacked);
        return new WeightTensor(name, type, shape, storage, offset, data.ByteCount) { IsChannelsLast = isChannelsLast };
    }

    /// <summary>Where the numbers lie in their order: in the file, or in a storage that takes them from there when they are asked for.</summary>
    private static (WeightStorage Storage, long Offset) Arrange(WeightStorage file, Hdf5Dataset data, ImmutableArray<int> order, List<WeightStorage> unpacked)
    {
        WeightStorage storage = file;
        if (!data.TryLocate(out long offset))
        {
            storage = new UnpackedStorage(file.Source, data.ByteCount, data.ReadBytes);
            offset = 0;
            unpacked.Add(storage);
        }

        bool isBigEndian = data.Type is { Class: Hdf5Class.Float, IsBigEndian: true };
        if (order.IsEmpty && !isBigEndian)
        {
            return (storage, offset);
        }

        long[] strides = ArrangedStorage.RowMajor(data.Extents.AsSpan());
        int[] axes = order.IsEmpty ? [.. Enumerable.Range(0, strides.Length)] : [.. order];
        int[] extents = Array.ConvertAll(axes, axis => data.Extents[axis]);
        var arranged = new ArrangedStorage(storage, offset, (int)data.Type.Size, extents, Array.ConvertAll(axes, axis => strides[axis]), isBigEndian);
        unpacked.Add(arranged);
        return (arranged, 0);
    }

    private static string NameOwner(KerasVariable variable) => (variable.IsSeparable, variable.Role) switch
    {
        (true, KerasRole.DepthwiseKernel) => $"{variable.Layer}.depthwise",
        (true, KerasRole.PointwiseKernel or KerasRole.Bias) => $"{variable.Layer}.pointwise",
        _ => variable.Layer,
    };

    private static string NameIn(KerasVariable variable) => variable.Role switch
    {
        KerasRole.Kernel or KerasRole.DepthwiseKernel or KerasRole.PointwiseKernel or KerasRole.Gamma or KerasRole.Slopes => "weight",
        KerasRole.Bias or KerasRole.Beta => "bias",
        KerasRole.MovingMean => "running_mean",
        KerasRole.MovingVariance => "running_var",
        KerasRole.Other => variable.Name,
        _ => throw new ArgumentOutOfRangeException(nameof(variable), variable.Role, "There is no such role."),
    };

    /// <summary>Which of the array's axes each of the tensor's is; none where they stay.</summary>
    private static ImmutableArray<int> ChooseOrder(KerasRole role, int rank) => (role, rank) switch
    {
        (KerasRole.Kernel or KerasRole.PointwiseKernel, 4) => [3, 2, 0, 1],
        (KerasRole.DepthwiseKernel, 4) => [2, 3, 0, 1],
        (KerasRole.Kernel, 2) => [1, 0],
        _ => [],
    };

    private static Shape ChooseShape(KerasRole role, ImmutableArray<int> extents, ImmutableArray<int> order)
    {
        int[] turned = order.IsEmpty ? [.. extents] : [.. order.Select(axis => extents[axis])];
        return role switch
        {
            KerasRole.DepthwiseKernel when turned.Length == 4 => new Shape(turned[0] * turned[1], 1, turned[2], turned[3]),

            // One slope a channel, over all rows and columns.
            KerasRole.Slopes when turned is [1, 1, var channels] => Shape.Vector(channels),
            _ => new Shape(turned),
        };
    }
}
