namespace Convoy.Onnx.Import.Operators;

/// <summary>Operators that take images: tensors of channels, height and width for each sample.</summary>
internal static class Images
{
    /// <summary>Adds a layer over a node's first input.</summary>
    public static ComputedTensor Apply(OperatorNode node, Layer layer, params ReadOnlySpan<FloatConstant> weights)
    {
        ComputedTensor data = node.Data;
        Placed result = node.Append(layer, Of(node), weights);
        ImmutableArray<int> extents = result.Shape.Extents;
        return ComputedTensor.Of(result, data.HasBatch ? extents : [1, .. extents], data.HasBatch);
    }

    /// <summary>A node's first input as an image.</summary>
    /// <exception cref="UnsupportedException">It is none.</exception>
    public static Placed Of(OperatorNode node)
    {
        ComputedTensor data = node.Data;
        ImmutableArray<int> extents = data.HasBatch ? data.Extents : data.Extents is [1, .. var image] ? [.. image] : [];
        return extents.Length == 3
            ? node.Lowering.View(node.Lowering.RowMajor(data).Layer, new Shape(extents.AsSpan()))
            : throw new UnsupportedException(data.Rank == 4
                ? "it works on several images of a model whose first axis does not count images"
                : FormattableString.Invariant($"it works on a tensor of {data.Rank} extents, not on images of channels, height and width"));
    }
}
