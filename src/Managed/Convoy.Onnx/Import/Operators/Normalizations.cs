namespace Convoy.Onnx.Import.Operators;

/// <summary>Normalisations, softmax among them.</summary>
internal static class Normalizations
{
    public static ImmutableArray<Value> Batch(OperatorNode node)
    {
        // What training would have averaged with.
        node.Attributes.Ignore("momentum");
        if (node.Attributes.Flag("training_mode"))
        {
            throw new UnsupportedException("it is in training mode");
        }

        // Before version 14 there was no word for training: whoever names the mean and the variance that it computes means that.
        if (node.OperatorSet < 14 && node.HasOutputBeyond(1))
        {
            throw new UnsupportedException("it is in training form, with its mean and variance as outputs; export the model for inference");
        }

        if (!node.Attributes.Flag("spatial", true))
        {
            throw new UnsupportedException("it normalises pixel by pixel (spatial=0)");
        }

        ComputedTensor data = node.Data;
        FrontedTensor fronted = node.Lowering.BringToFront(data, [data.SampleAxis(1)]);
        Placed normalized = node.Append(
            new BatchNormalization(node.Attributes.Float("epsilon", 1e-5f)),
            fronted.AsChannels(node.Lowering),
            node.Constant(1, "scale"),
            node.Constant(2, "bias"),
            node.Constant(3, "mean"),
            node.Constant(4, "variance"));
        return [fronted.Restore(node.Lowering, normalized)];
    }

    public static ImmutableArray<Value> Instance(OperatorNode node) =>
        [Images.Apply(node, new InstanceNormalization(node.Attributes.Float("epsilon", 1e-5f)), node.Constant(1, "scale"), node.Constant(2, "bias"))];

    public static ImmutableArray<Value> LocalResponse(OperatorNode node) =>
    [
        Images.Apply(node, new LocalResponseNormalization(
            Axes.Extent(node.Attributes.Int("size") ?? throw new UnsupportedException("it has no size")),
            node.Attributes.Float("alpha", 1e-4f),
            node.Attributes.Float("beta", 0.75f),
            node.Attributes.Float("bias", 1))),
    ];

    /// <summary>Along one axis since version 13, and along all from one on before.</summary>
    public static ImmutableArray<Value> Softmax(OperatorNode node, Layer layer)
    {
        ComputedTensor data = node.Data;
        bool alongOne = node.OperatorSet >= 13;
        int first = data.SampleAxis(node.Attributes.Int("axis", alongOne ? -1 : 1));
        FrontedTensor fronted = node.Lowering.BringToFront(data, [.. Enumerable.Range(first, alongOne ? 1 : data.Extents.Length - first)], keepsOrder: false);
        return [fronted.Restore(node.Lowering, node.Append(layer, fronted.AsChannels(node.Lowering)))];
    }
}
