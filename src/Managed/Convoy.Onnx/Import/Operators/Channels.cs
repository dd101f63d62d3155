namespace Convoy.Onnx.Import.Operators;

/// <summary>Operators that join tensors along an axis, or take parts of one: what layers do along channels.</summary>
internal static class Channels
{
    public static ImmutableArray<Value> Concat(OperatorNode node)
    {
        long axis = node.Attributes.Int("axis") ?? throw new UnsupportedException("it has no axis");
        Value[] parts = [.. Enumerable.Range(0, node.InputCount).Select(node.Input)];
        if (parts.Length == 0)
        {
            throw new UnsupportedException("it joins nothing");
        }

        if (node.IsConstant)
        {
            return [ConstantTensors.Concat(node.Tensors, parts, Axes.Resolve(axis, ConstantTensors.ExtentsOf(parts[0]).Length))];
        }

        ComputedTensor[] tensors = [.. Enumerable.Range(0, parts.Length).Select(node.Tensor)];
        ComputedTensor first = tensors[0];
        int joined = first.SampleAxis(axis);
        foreach (ComputedTensor tensor in tensors)
        {
            if (tensor.Rank != first.Rank || !tensor.Extents.SetItem(joined, 0).SequenceEqual(first.Extents.SetItem(joined, 0)))
            {
                throw new UnsupportedException($"its inputs' extents [{string.Join(", ", first.Extents)}] and [{string.Join(", ", tensor.Extents)}] do not fit");
            }
        }

        FrontedTensor[] fronted = BringToFront(node, tensors, joined);
        Placed[] layers = [.. fronted.Select(tensor => tensor.AsChannels(node.Lowering))];
        Shape shape = layers[0].Shape;

        // The same pixels, by the height and width of the first.
        for (int i = 0; i < layers.Length; i++)
        {
            layers[i] = node.Lowering.View(layers[i], shape.IsImage ? Shape.Image((int)fronted[i].FrontCount, shape.Height, shape.Width) : Shape.Vector((int)fronted[i].FrontCount));
        }

        Placed concat = node.Lowering.Append(node.Name, new Concat(), layers);
        return [fronted[0].Restore(node.Lowering, concat, concat.Shape.Channels)];
    }

    public static ImmutableArray<Value> Split(OperatorNode node)
    {
        ComputedTensor data = node.Data;
        int axis = data.SampleAxis(node.Attributes.Int("axis", 0));
        int extent = data.Extents[axis];
        int count = checked((int)(node.Attributes.Int("num_outputs") ?? node.OutputCount));
        if (count != node.OutputCount)
        {
            throw new UnsupportedException($"it has {node.OutputCount} outputs, where num_outputs is {count}");
        }

        // Equal parts, save that the last may be smaller.
        int part = (extent + count - 1) / count;
        ImmutableArray<long> sizes = node.IntegersSince(13, 1, "split")
            ?? [.. Enumerable.Range(0, count).Select(i => (long)Math.Min(part, extent - (i * part)))];
        if (sizes.Length != count || sizes.Any(size => size is < 1 || size > extent) || sizes.Sum() != extent)
        {
            throw new UnsupportedException($"its parts [{string.Join(", ", sizes.Take(8))}] are not an extent of {extent} in {count}");
        }

        var parts = ImmutableArray.CreateBuilder<Value>(count);
        int start = 0;
        foreach (long size in sizes)
        {
            parts.Add(Take(node, data, axis, new Slice(start, (int)size)));
            start += (int)size;
        }

        return parts.MoveToImmutable();
    }

    public static ImmutableArray<Value> Slice(OperatorNode node)
    {
        bool areInputs = node.OperatorSet >= 10;
        ImmutableArray<long> starts = Required(areInputs ? node.Integers(1, "list of starts") : node.Attributes.Ints("starts"), "starts");
        ImmutableArray<long> ends = Required(areInputs ? node.Integers(2, "list of ends") : node.Attributes.Ints("ends"), "ends");
        ImmutableArray<long> axes = (areInputs ? node.OptionalIntegers(3, "list of axes") : node.Attributes.Ints("axes"))
            ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        ImmutableArray<long> steps = (areInputs ? node.OptionalIntegers(4, "list of steps") : null) ?? [.. starts.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
        {
            throw new UnsupportedException("its starts, ends, axes and steps are not as many");
        }

        Value result = node.Input(0);
        for (int i = 0; i < starts.Length; i++)
        {
            result = result is ComputedTensor tensor
                ? SliceOf(node, tensor, axes[i], starts[i], ends[i], steps[i])
                : SliceOf(node, result, axes[i], starts[i], ends[i], steps[i]);
        }

        return [result];
    }

    private static ImmutableArray<long> Required(ImmutableArray<long>? list, string name) => list ?? throw new UnsupportedException($"it has no {name}");

    private static ComputedTensor SliceOf(OperatorNode node, ComputedTensor data, long axis, long start, long end, long step)
    {
        if (data.IsBatchAxis(axis))
        {
            return start == 0 && step == 1 && end >= int.MaxValue ? data : throw new MixedBatchException("it takes some of the images");
        }

        int sampleAxis = data.SampleAxis(axis);
        return Take(node, data, sampleAxis, Resolve(data.Extents[sampleAxis], start, end, step) ?? throw new UnsupportedException("nothing is left of it"));
    }

    private static Value SliceOf(OperatorNode node, Value constant, long axis, long start, long end, long step)
    {
        ImmutableArray<int> extents = ConstantTensors.ExtentsOf(constant);
        int resolved = Axes.Resolve(axis, extents.Length);
        Slice? slice = Resolve(extents[resolved], start, end, step);
        int[] indices = slice is null ? [] : [.. Enumerable.Range(0, slice.Count).Select(i => slice.Start + (i * slice.Step))];
        return ConstantTensors.Take(node.Tensors, constant, resolved, indices, extents.SetItem(resolved, indices.Length));
    }

    /// <summary>A slice in numbers, as NumPy has it; null where nothing is left.</summary>
    private static Slice? Resolve(int extent, long start, long end, long step)
    {
        if (step == 0 || start == IntegerConstant.Batch || end == IntegerConstant.Batch)
        {
            throw new UnsupportedException("it goes on by steps of 0, or as many as there are images");
        }

        // Backwards from the last element to before the first, if need be.
        (long least, long most) = step > 0 ? (0, extent) : (-1, extent - 1);
        start = Math.Clamp(start < 0 ? Math.Max(start, -extent - 1L) + extent : start, least, most);
        end = Math.Clamp(end < 0 ? Math.Max(end, -extent - 1L) + extent : end, least, most);
        long span = step > 0 ? end - start : start - end;
        if (span <= 0)
        {
            return null;
        }

        long pace = step == long.MinValue ? long.MaxValue : Math.Abs(step);
        long count = ((span - 1) / pace) + 1;
        return new Slice((int)start, (int)count, count == 1 ? 1 : (int)step);
    }

    private static ComputedTensor Take(OperatorNode node, ComputedTensor data, int axis, Slice slice)
    {
        if (slice.Start == 0 && slice.Step == 1 && slice.Count == data.Extents[axis])
        {
            return data;
        }

        FrontedTensor fronted = node.Lowering.BringToFront(data, [axis]);
        return fronted.Restore(node.Lowering, node.Append(slice, fronted.AsChannels(node.Lowering)), slice.Count);
    }

    /// <summary>The axis brought to the front of each, and behind it the others in one order for all.</summary>
    private static FrontedTensor[] BringToFront(OperatorNode node, ComputedTensor[] tensors, int axis)
    {
        FrontedTensor first = node.Lowering.BringToFront(tensors[0], [axis]);
        return [first, .. tensors.Skip(1).Select(tensor =>
            new FrontedTensor(node.Lowering.RowMajor(node.Lowering.Permute(tensor, first.Axes)), first.Axes, 1))];
    }
}
