namespace Convoy.Onnx.Import.Operators;

/// <summary>Operations on two tensors or more, element by element.</summary>
internal static class Arithmetic
{
    /// <summary>The inputs one after the other, constants among them.</summary>
    public static ImmutableArray<Value> Import(OperatorNode node, BinaryOperation operation)
    {
        // Before version 7 the second was broadcast only where these said so.
        node.Attributes.Ignore("axis", "broadcast");
        Value result = node.Input(0);
        for (int i = 1; i < node.InputCount; i++)
        {
            string name = i == node.InputCount - 1 ? node.Name : FormattableString.Invariant($"{node.Name}.{i}");
            result = Combine(node, name, operation, result, node.Input(i));
        }

        return [result];
    }

    public static ImmutableArray<Value> Mean(OperatorNode node)
    {
        Value sum = Import(node, BinaryOperation.Add)[0];
        return node.InputCount == 1
            ? [sum]
            : [Combine(node, $"{node.Name}.mean", BinaryOperation.Divide, sum, node.Tensors.Create([], [node.InputCount]))];
    }

    /// <summary>Adds an operation of a tensor and a constant.</summary>
    public static ComputedTensor WithConstant(
        OperatorNode node, string name, BinaryOperation operation, ComputedTensor data, FloatConstant constant, bool isConstantFirst)
    {
        if (constant.Count == 1 && constant.Extents.Length <= data.Rank)
        {
            var layer = new BinaryConstant(operation, [node.Tensors.ToArray(constant)[0]], isConstantFirst);
            return data with { Layer = node.Lowering.Append(name, layer, [data.Layer]) };
        }

        BroadcastConstant broadcast = BroadcastConstant.Over(node, data, constant);
        var ofMany = new BinaryConstant(operation, [.. node.Tensors.ToArray(broadcast.Constant)], isConstantFirst);
        return broadcast.Fronted.Restore(node.Lowering, node.Lowering.Append(name, ofMany, [broadcast.Fronted.AsChannels(node.Lowering)]));
    }

    private static Value Combine(OperatorNode node, string name, BinaryOperation operation, Value left, Value right) => (left, right) switch
    {
        (ComputedTensor data, FloatConstant constant) => WithConstant(node, name, operation, data.RaiseTo(constant.Extents.Length), constant, isConstantFirst: false),
        (FloatConstant constant, ComputedTensor data) => WithConstant(node, name, operation, data.RaiseTo(constant.Extents.Length), constant, isConstantFirst: true),
        (ComputedTensor first, ComputedTensor second) => OfTensors(node, name, operation, first, second),
        _ => ConstantTensors.Combine(node.Tensors, operation, left, right),
    };

    private static ComputedTensor OfTensors(OperatorNode node, string name, BinaryOperation operation, ComputedTensor first, ComputedTensor second)
    {
        (first, second) = (first.RaiseTo(second.Rank), second.RaiseTo(first.Rank));
        if (operation == BinaryOperation.Multiply && FindSilu(node, first, second) is { } input)
        {
            return input with { Layer = node.Lowering.Append(name, new ActivationLayer(Activation.Silu), [input.Layer]) };
        }

        var layer = new Binary(operation);
        if (first.Extents.SequenceEqual(second.Extents))
        {
            // As the first one lies, or both as they are counted.
            if (!first.Order.Equals(second.Order))
            {
                (first, second) = (node.Lowering.RowMajor(first), node.Lowering.RowMajor(second));
            }

            Placed other = node.Lowering.View(second.Layer, first.Layer.Shape);
            return first with { Layer = node.Lowering.Append(name, layer, [first.Layer, other]) };
        }

        return first.Count >= second.Count
            ? Broadcast(node, first, second, (large, small) => node.Lowering.Append(name, layer, [large, small]))
            : Broadcast(node, second, first, (large, small) => node.Lowering.Append(name, layer, [small, large]));
    }

    /// <summary>What is multiplied by its own sigmoid, which older versions have no other word for; null where nothing is.</summary>
    private static ComputedTensor? FindSilu(OperatorNode node, ComputedTensor first, ComputedTensor second) =>
        node.Lowering.IsActivationOf(second.Layer, first.Layer, Activation.Sigmoid) && IsAlike(first, second) ? first
        : node.Lowering.IsActivationOf(first.Layer, second.Layer, Activation.Sigmoid) && IsAlike(first, second) ? second
        : null;

    private static bool IsAlike(ComputedTensor first, ComputedTensor second) =>
        first.Order.Equals(second.Order) && first.Extents.SequenceEqual(second.Extents);

    /// <summary>The smaller of two tensors broadcast over the larger: its axes that count are brought to the front of both.</summary>
    private static ComputedTensor Broadcast(OperatorNode node, ComputedTensor large, ComputedTensor small, Func<Placed, Placed, Placed> append)
    {
        var axes = ImmutableArray.CreateBuilder<int>();
        for (int axis = 0; axis < small.Extents.Length; axis++)
        {
            if (small.Extents[axis] == 1)
            {
                continue;
            }

            axes.Add(large.Extents[axis] == small.Extents[axis] ? axis : throw new UnsupportedException(
                $"its inputs of the extents [{string.Join(", ", large.Extents)}] and [{string.Join(", ", small.Extents)}] are broadcast over one another"));
        }

        FrontedTensor fronted = node.Lowering.BringToFront(large, axes.ToImmutable());
        Placed numbers = node.Lowering.RowMajor(small).Layer;
        if (numbers.Shape.Count > 1 && numbers.Shape.Channels != numbers.Shape.Count)
        {
            numbers = node.Lowering.View(numbers, Shape.Vector((int)numbers.Shape.Count));
        }

        return fronted.Restore(node.Lowering, append(axes.Count == 0 ? fronted.Tensor.Layer : fronted.AsChannels(node.Lowering), numbers));
    }
}
