namespace Convoy.Onnx.Import.Operators;

/// <summary>Functions of each element.</summary>
internal static class Activations
{
    /// <summary>Adds an activation; wherever the elements lie, they stay there.</summary>
    public static ImmutableArray<Value> Import(OperatorNode node, Activation function) =>
        [node.Data with { Layer = node.Append(new ActivationLayer(function), node.Data.Layer) }];

    public static ImmutableArray<Value> Gelu(OperatorNode node) => Import(node, node.Attributes.Text("approximate", "none") switch
    {
        "none" => Activation.Gelu,
        "tanh" => Activation.GeluTanh,
        var other => throw new UnsupportedException($"its approximation is {WeightException.Quote(other)}"),
    });

    /// <summary>Bounds were attributes before version 11. Where they cross, the upper one is the result.</summary>
    public static ImmutableArray<Value> Clip(OperatorNode node)
    {
        bool areInputs = node.OperatorSet >= 11;
        float least = (areInputs ? node.OptionalNumber(1, "least") : node.Attributes.Float("min")) ?? float.NegativeInfinity;
        float most = (areInputs ? node.OptionalNumber(2, "most") : node.Attributes.Float("max")) ?? float.PositiveInfinity;
        if (least <= most)
        {
            return Import(node, (least, most) is (0, float.PositiveInfinity) ? Activation.Relu : Activation.Clip(least, most));
        }

        Placed raised = node.Lowering.Append($"{node.Name}.least", new BinaryConstant(BinaryOperation.Maximum, [least]), [node.Data.Layer]);
        return [node.Data with { Layer = node.Append(new BinaryConstant(BinaryOperation.Minimum, [most]), raised) }];
    }

    /// <summary>Slopes for a set of axes, broadcast over the others.</summary>
    public static ImmutableArray<Value> ParametricRelu(OperatorNode node)
    {
        ComputedTensor data = node.Data;
        FloatConstant slope = node.Constant(1, "slope");
        if (slope.Count == 1)
        {
            return Import(node, Activation.LeakyRelu(node.Tensors.ToArray(slope)[0]));
        }

        BroadcastConstant slopes = BroadcastConstant.Over(node, data, slope);
        Placed rectified = node.Append(
            new ActivationLayer(Activation.ParametricRelu), slopes.Fronted.AsChannels(node.Lowering), slopes.Constant);
        return [slopes.Fronted.Restore(node.Lowering, rectified)];
    }
}
