namespace Convoy.Onnx.Import.Operators;

/// <summary>
/// A constant that has a number for each place along some axes of a tensor, and is broadcast over the others: those axes are brought to
/// the front of the tensor, as they lie, and the constant's numbers into the same order.
/// </summary>
internal readonly record struct BroadcastConstant(FrontedTensor Fronted, FloatConstant Constant)
{
    /// <summary>Arranges a constant of more than one number; its extents are the last of the tensor's, or 1.</summary>
    /// <exception cref="UnsupportedException">It does not fit the tensor, or would make it larger.</exception>
    public static BroadcastConstant Over(OperatorNode node, ComputedTensor data, FloatConstant constant)
    {
        int missing = data.Rank - constant.Extents.Length;
        if (missing < 0)
        {
            throw DoesNotFit(data, constant);
        }

        var axes = ImmutableArray.CreateBuilder<int>();
        for (int i = 0; i < constant.Extents.Length; i++)
        {
            if (constant.Extents[i] == 1)
            {
                continue;
            }

            int axis = data.SampleAxis(missing + i);
            axes.Add(data.Extents[axis] == constant.Extents[i] ? axis : throw DoesNotFit(data, constant));
        }

        FrontedTensor fronted = node.Lowering.BringToFront(data, axes.ToImmutable(), keepsOrder: false);

        // The constant's axes that count, in the order in which the tensor has them in front.
        ImmutableArray<int> own = [.. fronted.Axes.Take(fronted.FrontAxes).Select(axis => axes.IndexOf(axis))];
        FloatConstant dense = constant with { Extents = [.. axes.Select(axis => data.Extents[axis])] };
        return new BroadcastConstant(fronted, ConstantTensors.Transpose(node.Tensors, dense, own));
    }

    private static UnsupportedException DoesNotFit(ComputedTensor data, FloatConstant constant) => new(FormattableString.Invariant(
        $"its constant of the extents [{string.Join(", ", constant.Extents)}] is not broadcast over its input's [{string.Join(", ", data.Extents)}]"));
}
