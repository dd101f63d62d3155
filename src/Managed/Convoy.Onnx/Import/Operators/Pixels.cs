namespace Convoy.Onnx.Import.Operators;

/// <summary>Operators along height and width: padding, enlarging, and moving pixels to channels and back.</summary>
internal static class Pixels
{
    public static ImmutableArray<Value> Pad(OperatorNode node)
    {
        string mode = node.Attributes.Text("mode", "constant");
        bool areInputs = node.OperatorSet >= 11;
        ImmutableArray<long> pads = (areInputs ? node.Integers(1, "padding") : node.Attributes.Ints("pads")) ?? throw new UnsupportedException("it has no pads");
        float value = (areInputs ? node.OptionalNumber(2, "value") : node.Attributes.Float("value")) ?? 0;
        ComputedTensor data = node.Data;
        ImmutableArray<long> axes = (node.OperatorSet >= 18 ? node.OptionalIntegers(3, "list of axes") : null)
            ?? [.. Enumerable.Range(0, data.Rank).Select(axis => (long)axis)];
        if (pads.Length != 2 * axes.Length)
        {
            throw new UnsupportedException($"its padding has {pads.Length} numbers, where {axes.Length} axes have {2 * axes.Length}");
        }

        var padded = new List<(int Axis, int Before, int After)>();
        for (int i = 0; i < axes.Length; i++)
        {
            if (pads[i] < 0 || pads[axes.Length + i] < 0)
            {
                throw new UnsupportedException("it pads by less than nothing");
            }

            if (pads[i] > 0 || pads[axes.Length + i] > 0)
            {
                padded.Add((data.SampleAxis(axes[i]), Axes.Extent(pads[i]), Axes.Extent(pads[axes.Length + i])));
            }
        }

        // Whatever the mode, of nothing.
        if (padded.Count == 0)
        {
            return [data];
        }

        return mode != "constant" ? throw new UnsupportedException($"its mode is {WeightException.Quote(mode)}, where constants alone are padded with")
            : padded.Count > 2 || padded.Select(pad => pad.Axis).Distinct().Count() != padded.Count ? throw new UnsupportedException("it pads more than two axes")
            : [Apply(node, data, padded, value)];
    }

    public static ImmutableArray<Value> Resize(OperatorNode node)
    {
        Attributes attributes = node.Attributes;
        attributes.Ignore("cubic_coeff_a", "extrapolation_value", "exclude_outside");
        if (attributes.Flag("antialias"))
        {
            throw new UnsupportedException("it smooths (antialias)");
        }

        string mode = attributes.Text("mode", "nearest");
        bool isFirst = node.OperatorSet < 11;
        string coordinates = attributes.Text("coordinate_transformation_mode", isFirst ? "asymmetric" : "half_pixel");
        string rounding = attributes.Text("nearest_mode", isFirst ? "floor" : "round_prefer_floor");
        string policy = attributes.Text("keep_aspect_ratio_policy", "stretch");

        // Whatever the sizes: where they are the input's own, not every mode leaves it as it is.
        if (policy != "stretch" || mode != "nearest")
        {
            throw new UnsupportedException(policy != "stretch"
                ? $"its keep_aspect_ratio_policy is {WeightException.Quote(policy)}"
                : $"its mode is {WeightException.Quote(mode)}, where the nearest pixel alone is taken");
        }

        var nearest = new Nearest(coordinates, rounding);
        ComputedTensor data = node.Data;
        ImmutableArray<long> axes = attributes.Ints("axes") ?? [.. Enumerable.Range(0, data.Rank).Select(axis => (long)axis)];
        FloatConstant? scales = node.OptionalConstant(isFirst ? 1 : 2, "list of scales");
        ImmutableArray<long>? sizes = isFirst ? null : node.OptionalIntegers(3, "list of sizes");
        double[] factors = sizes is { Length: > 0 } given ? FactorsOf(node, data, axes, given)
            : scales is { Count: > 0 } ? Array.ConvertAll(node.Tensors.ToArray(scales), scale => (double)scale)
            : throw new UnsupportedException("it has neither scales nor sizes");
        return [Enlarge(node, data, axes, factors, nearest.IsRepetition)];
    }

    public static ImmutableArray<Value> Upsample(OperatorNode node)
    {
        string mode = node.Attributes.Text("mode", "nearest");
        ImmutableArray<float> scales = node.OperatorSet >= 9
            ? [.. node.Tensors.ToArray(node.Constant(1, "list of scales"))]
            : node.Attributes.Floats("scales") ?? throw new UnsupportedException("it has no scales");
        return mode != "nearest"
            ? throw new UnsupportedException($"its mode is {WeightException.Quote(mode)}, where the nearest pixel alone is taken")
            : [Enlarge(node, node.Data, [.. Enumerable.Range(0, node.Data.Rank).Select(axis => (long)axis)], [.. scales], (_, _) => true)];
    }

    public static ImmutableArray<Value> DepthToSpace(OperatorNode node) => [Images.Apply(node, new DepthToSpace(Block(node), node.Attributes.Text("mode", "DCR") switch
    {
        "DCR" => false,
        "CRD" => true,
        var other => throw new UnsupportedException($"its mode is {WeightException.Quote(other)}"),
    }))];

    public static ImmutableArray<Value> SpaceToDepth(OperatorNode node) => [Images.Apply(node, new SpaceToDepth(Block(node)))];

    private static int Block(OperatorNode node) =>
        Axes.Extent(node.Attributes.Int("blocksize") ?? throw new UnsupportedException("it has no blocksize"));

    /// <summary>By how much each axis grows, where its new extent is given.</summary>
    private static double[] FactorsOf(OperatorNode node, ComputedTensor data, ImmutableArray<long> axes, ImmutableArray<long> sizes) => sizes.Length == axes.Length
        ? [.. axes.Select((axis, i) => data.IsBatchAxis(axis) ? BatchFactorOf(node, sizes[i]) : (double)sizes[i] / data.Extents[data.SampleAxis(axis)])]
        : throw new UnsupportedException("its sizes are not as many as its axes");

    /// <summary>Files whose number of images is open are written for one.</summary>
    private static double BatchFactorOf(OperatorNode node, long size) => size == IntegerConstant.Batch || size == (node.BatchExtent ?? 1)
        ? 1
        : throw new MixedBatchException("it changes the number of images");

    private static ComputedTensor Enlarge(
        OperatorNode node, ComputedTensor data, ImmutableArray<long> axes, double[] factors, Func<int, int, bool> isRepetition)
    {
        if (factors.Length != axes.Length)
        {
            throw new UnsupportedException("its scales are not as many as its axes");
        }

        var enlarged = new List<(int Axis, int Factor)>();
        for (int i = 0; i < factors.Length; i++)
        {
            if (factors[i] == 1)
            {
                continue;
            }

            int axis = data.SampleAxis(axes[i]);
            if (enlarged.Any(each => each.Axis == axis))
            {
                throw new UnsupportedException("it names an axis twice");
            }

            if (!(factors[i] is > 1 and <= SlidingWindow.MaxExtent && factors[i] == Math.Floor(factors[i])))
            {
                throw new UnsupportedException(FormattableString.Invariant($"it changes an extent by {factors[i]}, which is no whole factor above 1"));
            }

            node.Tensors.Spend((long)factors[i] * data.Extents[axis]);
            enlarged.Add(isRepetition((int)factors[i], data.Extents[axis])
                ? (axis, (int)factors[i])
                : throw new UnsupportedException("its coordinates are not those of pixels that are repeated"));
        }

        return enlarged.Count switch
        {
            0 => data,
            > 2 => throw new UnsupportedException("it enlarges more than two axes"),
            _ => OnPixels(
                node,
                data,
                [.. enlarged.Select(each => each.Axis)],
                order => new Upsample(new Extent2D(FactorOf(order[0]), FactorOf(order[1]))),
                (axis, extent) => extent * FactorOf(axis)),
        };

        int FactorOf(int axis) => enlarged.Find(each => each.Axis == axis) is { Factor: > 0 } found ? found.Factor : 1;
    }

    private static ComputedTensor Apply(OperatorNode node, ComputedTensor data, List<(int Axis, int Before, int After)> padded, float value)
    {
        return OnPixels(
            node,
            data,
            [.. padded.Select(pad => pad.Axis)],
            order => new Pad2D(new Padding(PadOf(order[0]).Before, PadOf(order[1]).Before, PadOf(order[0]).After, PadOf(order[1]).After), value),
            (axis, extent) => extent + PadOf(axis).Before + PadOf(axis).After);

        (int Axis, int Before, int After) PadOf(int axis) => padded.Find(pad => pad.Axis == axis);
    }

    /// <summary>Adds a layer with one or two axes as height and width, all others as channels.</summary>
    private static ComputedTensor OnPixels(
        OperatorNode node, ComputedTensor data, int[] axes, Func<int[], Layer> layerOf, Func<int, int, int> extentOf)
    {
        // A second axis that does not change: the last one, else one of a single element, which no axis has for its number.
        int[] others = [.. Enumerable.Range(0, data.Extents.Length).Except(axes)];
        int[] pixels = axes.Length == 2 ? axes : others.Length > 0 ? [axes[0], others[^1]] : [axes[0], -1];
        Array.Sort(pixels, (left, right) => left == -1 ? 1 : right == -1 ? -1 : left.CompareTo(right));
        ImmutableArray<int> order = [.. others.Except(pixels), .. pixels.Where(axis => axis >= 0)];
        ComputedTensor ordered = node.Lowering.RowMajor(node.Lowering.Permute(data, order));
        (int height, int width) = (data.Extents[pixels[0]], pixels[1] < 0 ? 1 : data.Extents[pixels[1]]);
        long channels = data.Count / ((long)height * width);
        Placed image = node.Lowering.View(ordered.Layer, Shape.Image(Axes.Extent(channels), height, width));
        Placed result = node.Append(layerOf(pixels), image);
        ImmutableArray<int> extents = [.. order.Select(axis => axes.Contains(axis) ? extentOf(axis, data.Extents[axis]) : data.Extents[axis])];
        return node.Lowering.Permute(
            ComputedTensor.Of(result, extents, data.HasBatch), [.. Enumerable.Range(0, order.Length).Select(axis => order.IndexOf(axis))]);
    }
}
