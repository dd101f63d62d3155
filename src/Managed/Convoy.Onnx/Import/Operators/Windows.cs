namespace Convoy.Onnx.Import.Operators;

/// <summary>Convolution and pooling.</summary>
internal static class Windows
{
    public static ImmutableArray<Value> Convolution(OperatorNode node)
    {
        FloatConstant weight = node.Constant(1, "weight");
        FloatConstant? bias = node.OptionalConstant(2, "bias");
        if (weight.Extents.Length != 4)
        {
            throw new UnsupportedException($"its weight has {weight.Extents.Length} extents, where two-dimensional convolution has 4");
        }

        Extent2D kernel = new(weight.Extents[2], weight.Extents[3]);
        if (node.Attributes.Has("kernel_shape") && node.Attributes.Pair("kernel_shape", 0) is var stated && stated != kernel)
        {
            throw new UnsupportedException($"its kernel is {stated}, but its weight's {kernel}");
        }

        var layer = new Convolution2D(
            weight.Extents[0],
            kernel,
            node.Attributes.Pair("strides", 1),
            ReadPadding(node),
            node.Attributes.Pair("dilations", 1),
            Axes.Extent(node.Attributes.Int("group", 1)),
            HasBias: bias is not null);
        return [Images.Apply(node, layer, bias is null ? [weight] : [weight, bias])];
    }

    public static ImmutableArray<Value> MaxPool(OperatorNode node)
    {
        // The order of the indices, which nobody reads.
        node.Attributes.Ignore("storage_order");
        return [Images.Apply(node, ReadPool(node, PoolKind.Max))];
    }

    public static ImmutableArray<Value> AveragePool(OperatorNode node)
    {
        Pool2D pool = ReadPool(node, PoolKind.Average) with { CountPadding = node.Attributes.Flag("count_include_pad") };

        // What adaptive pooling becomes in PyTorch's export where there is nothing to be done.
        return pool.Kernel == 1 && pool.Stride == 1 && pool.Padding.IsNone && Images.Of(node).Shape is { IsImage: true } image
            ? [Images.Apply(node, new AdaptivePool2D(PoolKind.Average, new Extent2D(image.Height, image.Width)))]
            : [Images.Apply(node, pool)];
    }

    public static ImmutableArray<Value> GlobalPool(OperatorNode node, PoolKind kind) => [Images.Apply(node, new AdaptivePool2D(kind, 1))];

    /// <summary>The mean over some axes: pooling over all pixels, when the other axes are brought to the front.</summary>
    public static ImmutableArray<Value> ReduceMean(OperatorNode node)
    {
        ComputedTensor data = node.Data;
        bool keeps = node.Attributes.Flag("keepdims", true);
        bool isNothing = node.Attributes.Flag("noop_with_empty_axes");
        if (node.IntegersSince(18, 1, "axes") is not { Length: > 0 } axes)
        {
            return isNothing ? [data] : throw new MixedBatchException("it works along all axes");
        }

        ImmutableArray<int> reduced = [.. axes.Select(data.SampleAxis).Distinct()];
        ImmutableArray<int> kept = [.. Enumerable.Range(0, data.Extents.Length).Except(reduced)];
        FrontedTensor fronted = node.Lowering.BringToFront(data, kept);
        Placed image = fronted.AsChannels(node.Lowering);
        Placed mean = image.Shape.IsImage ? node.Append(new AdaptivePool2D(PoolKind.Average, 1), image) : image;
        ImmutableArray<int> extents = keeps
            ? [.. data.Extents.Select((extent, axis) => reduced.Contains(axis) ? 1 : extent)]
            : [.. kept.Select(axis => data.Extents[axis])];
        return [ComputedTensor.Of(mean, extents, data.HasBatch)];
    }

    private static Pool2D ReadPool(OperatorNode node, PoolKind kind) => new(
        kind,
        node.Attributes.Has("kernel_shape") ? node.Attributes.Pair("kernel_shape", 1) : throw new UnsupportedException("it has no kernel_shape"),
        node.Attributes.Pair("strides", 1),
        ReadPadding(node),
        node.Attributes.Flag("ceil_mode"),
        Dilation: node.Attributes.Pair("dilations", 1));

    private static Padding ReadPadding(OperatorNode node)
    {
        Padding padding = node.Attributes.Ints("pads") switch
        {
            null => 0,
            [var top, var left, var bottom, var right] => new Padding(Axes.Extent(top), Axes.Extent(left), Axes.Extent(bottom), Axes.Extent(right)),
            { Length: var count } => throw new UnsupportedException($"its 'pads' has {count} numbers, where height and width have 4"),
        };
        return node.Attributes.Text("auto_pad", "NOTSET") switch
        {
            "NOTSET" or "" => padding,
            "VALID" => 0,
            "SAME_UPPER" => Padding.Same,
            "SAME_LOWER" => Padding.SameLower,
            var other => throw new UnsupportedException($"its auto_pad is {WeightException.Quote(other)}"),
        };
    }
}
