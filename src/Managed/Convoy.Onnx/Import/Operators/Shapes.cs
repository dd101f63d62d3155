namespace Convoy.Onnx.Import.Operators;

/// <summary>Operators that only say how elements are counted. Few of them become layers.</summary>
internal static class Shapes
{
    /// <summary>A layer of its own where there is an image to flatten, so that a network written with one is read with it.</summary>
    public static ImmutableArray<Value> Flatten(OperatorNode node)
    {
        long axis = node.Attributes.Int("axis", 1);
        if (node.Input(0) is not ComputedTensor data)
        {
            ImmutableArray<int> constant = ConstantTensors.ExtentsOf(node.Input(0));
            int split = axis == constant.Length ? constant.Length : Axes.Resolve(axis, constant.Length);
            return [ConstantTensors.Reshape(node.Input(0), [Product(constant.AsSpan()[..split]), Product(constant.AsSpan()[split..])])];
        }

        int from = axis == data.Rank ? data.Rank : Axes.Resolve(axis, data.Rank);
        int batch = data.HasBatch ? 1 : 0;
        if (!data.HasBatch)
        {
            return [data.Reshape([Product(data.Extents.AsSpan()[..from]), Product(data.Extents.AsSpan()[from..])])];
        }

        if (from < batch || Product(data.Extents.AsSpan()[..(from - batch)]) != 1)
        {
            throw new MixedBatchException("it joins the axis that counts images with others");
        }

        ComputedTensor flat = data.Reshape([Product(data.Extents.AsSpan())]);
        if (!data.Order.IsRowMajor || data.Layer.Shape.IsVector)
        {
            return [flat];
        }

        Placed layer = node.Append(new Flatten(), data.Layer);
        node.Lowering.Remember(data.Layer, layer);
        return [flat with { Layer = layer }];
    }

    public static ImmutableArray<Value> Reshape(OperatorNode node)
    {
        // In the first versions that are read, the shape is an input already; where 0 is no copy, nothing would be left.
        bool copiesZero = !node.Attributes.Flag("allowzero");
        ImmutableArray<long> shape = node.Integers(1, "shape");
        if (node.Input(0) is not ComputedTensor data)
        {
            ImmutableArray<int> constant = ConstantTensors.ExtentsOf(node.Input(0));
            return [ConstantTensors.Reshape(node.Input(0), Resolve(shape, constant, Axes.Count(constant), copiesZero))];
        }

        if (!data.HasBatch)
        {
            return [data.Reshape(Resolve(shape, data.Extents, data.Count, copiesZero))];
        }

        ImmutableArray<int> extents = ResolveBatch(node, data, shape, copiesZero);
        if (extents is not [var channels, var height, var width] || !data.Layer.Shape.IsVector || !data.Order.IsRowMajor)
        {
            return [data.Reshape(extents)];
        }

        Placed layer = node.Append(new Unflatten(Convoy.Tensors.Shape.Image(channels, height, width)), data.Layer);
        node.Lowering.Remember(data.Layer, layer);
        return [data.Reshape(extents) with { Layer = layer }];
    }

    /// <summary>No element moves: whoever needs them in order moves them, and two transpositions that undo one another are none.</summary>
    public static ImmutableArray<Value> Transpose(OperatorNode node)
    {
        ImmutableArray<long>? given = node.Attributes.Ints("perm");
        Value input = node.Input(0);
        int rank = input is ComputedTensor { Rank: var own } ? own : ConstantTensors.ExtentsOf(input).Length;
        ImmutableArray<int> axes = given is { } listed
            ? [.. listed.Select(axis => Axes.Resolve(axis, rank))]
            : [.. Enumerable.Range(0, rank).Reverse()];
        if (!axes.Order().SequenceEqual(Enumerable.Range(0, rank)))
        {
            throw new UnsupportedException($"its order [{string.Join(", ", axes.Take(8))}] is none of a tensor of {rank} extents");
        }

        switch (input)
        {
            case FloatConstant reals:
                return [ConstantTensors.Transpose(node.Tensors, reals, axes)];
            case IntegerConstant integers:
                node.Tensors.Spend(integers.Values.Length);
                return [ConstantTensors.Transpose(integers, axes)];
            case ComputedTensor { HasBatch: false } data:
                return [node.Lowering.Permute(data, axes)];
            default:
                return axes[0] == 0
                    ? [node.Lowering.Permute(node.Data, [.. axes.Skip(1).Select(axis => axis - 1)])]
                    : throw new MixedBatchException("it moves the axis that counts images");
        }
    }

    public static ImmutableArray<Value> Squeeze(OperatorNode node)
    {
        ImmutableArray<long>? given = node.IntegersSince(13, 1, "axes");
        if (node.Input(0) is not ComputedTensor data)
        {
            ImmutableArray<int> constant = ConstantTensors.ExtentsOf(node.Input(0));
            return [ConstantTensors.Reshape(node.Input(0), Without(constant, given?.Select(axis => Axes.Resolve(axis, constant.Length))))];
        }

        return given is null && data.HasBatch
            ? throw new MixedBatchException("it takes away every extent of 1, which may be that of the images")
            : [data.Reshape(Without(data.Extents, given?.Select(data.SampleAxis)))];
    }

    public static ImmutableArray<Value> Unsqueeze(OperatorNode node)
    {
        ImmutableArray<long> given = node.IntegersSince(13, 1, "axes") ?? throw new UnsupportedException("it has no axes");
        if (node.Input(0) is not ComputedTensor data)
        {
            return [ConstantTensors.Reshape(node.Input(0), With(ConstantTensors.ExtentsOf(node.Input(0)), given, 0))];
        }

        return [data.Reshape(With(data.Extents, given, data.HasBatch ? 1 : 0))];
    }

    private static ImmutableArray<int> Without(ImmutableArray<int> extents, IEnumerable<int>? axes)
    {
        HashSet<int> squeezed = [.. axes ?? Enumerable.Range(0, extents.Length).Where(axis => extents[axis] == 1)];
        return squeezed.All(axis => extents[axis] == 1)
            ? [.. extents.Where((_, axis) => !squeezed.Contains(axis))]
            : throw new UnsupportedException("it takes away an extent that is not 1");
    }

    private static ImmutableArray<int> With(ImmutableArray<int> extents, ImmutableArray<long> axes, int batchAxes)
    {
        int rank = extents.Length + batchAxes + axes.Length;
        HashSet<int> added = [.. axes.Select(axis => Axes.Resolve(axis, rank))];
        if (added.Count != axes.Length)
        {
            throw new UnsupportedException("it names an axis twice");
        }

        if (batchAxes > 0 && added.Contains(0))
        {
            throw new MixedBatchException("it puts an axis before the one that counts images");
        }

        var result = ImmutableArray.CreateBuilder<int>();
        int next = 0;
        for (int axis = batchAxes; axis < rank; axis++)
        {
            result.Add(added.Contains(axis) ? 1 : extents[next++]);
        }

        return result.ToImmutable();
    }

    /// <summary>The extents of a sample where a shape keeps the images apart, whatever it says of their number.</summary>
    private static ImmutableArray<int> ResolveBatch(OperatorNode node, ComputedTensor data, ImmutableArray<long> shape, bool copiesZero)
    {
        if (shape.IsEmpty || shape.Skip(1).Contains(IntegerConstant.Batch) || (shape[0] == 0 && !copiesZero))
        {
            throw new MixedBatchException("it joins the axis that counts images with others");
        }

        // What stands for the images need not be looked at, once all of a sample is in what is left.
        ImmutableArray<int> copied = [1, .. data.Extents];
        ImmutableArray<long> sample = [1, .. shape.Skip(1)];
        bool isFree = shape[0] is 1 or 0 or IntegerConstant.Batch || shape[0] == node.BatchExtent || !shape.Skip(1).Contains(-1);
        try
        {
            return isFree ? [.. Resolve(sample, copied, data.Count, copiesZero).Skip(1)] : throw new MixedBatchException("it joins images with one another");
        }
        catch (UnsupportedException e)
        {
            throw new MixedBatchException(e.Message);
        }
    }

    /// <summary>A shape in numbers: 0 copies an extent, and one -1 takes what is left.</summary>
    private static ImmutableArray<int> Resolve(ImmutableArray<long> shape, ImmutableArray<int> copied, long count, bool copiesZero)
    {
        long[] extents = new long[shape.Length];
        int free = -1;
        for (int i = 0; i < extents.Length; i++)
        {
            extents[i] = shape[i] == 0 && copiesZero
                ? i < copied.Length ? copied[i] : throw new UnsupportedException("it copies an extent that is not there")
                : shape[i];
            if (extents[i] == -1)
            {
                (extents[i], free) = free < 0 ? (1, i) : throw new UnsupportedException("it leaves two extents open");
            }
        }

        ImmutableArray<int> resolved = [.. extents.Select(Axes.Extent)];
        long product = Axes.Count(resolved);
        if (free >= 0 && product > 0 && count % product == 0)
        {
            resolved = resolved.SetItem(free, Axes.Extent(count / product));
            product = count;
        }

        return product == count
            ? resolved
            : throw new UnsupportedException(FormattableString.Invariant($"a shape of [{string.Join(", ", shape.Take(8))}] does not fit {count:N0} elements"));
    }

    private static int Product(ReadOnlySpan<int> extents) => Axes.Extent(Axes.Count(extents));
}
