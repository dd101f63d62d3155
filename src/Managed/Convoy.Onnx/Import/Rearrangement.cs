namespace Convoy.Onnx.Import;

/// <summary>Moves the elements of a tensor to where they are counted, by as few transpositions of three axes as there need be.</summary>
internal static class Rearrangement
{
    /// <summary>Adds the layers.</summary>
    public static Placed Append(Lowering lowering, ComputedTensor tensor)
    {
        ImmutableArray<OrderAxis> wanted = tensor.Order.Axes;
        if (OrderOfImage(tensor.Layer.Shape, wanted) is { } axes)
        {
            return Transpose(lowering, tensor.Layer, tensor.Layer.Shape, axes);
        }

        // As they lie: the farther apart, the further out.
        List<OrderAxis> axesNow = [.. wanted.OrderByDescending(axis => axis.Stride)];
        Placed layer = tensor.Layer;
        if (wanted.Length == 3)
        {
            return Transpose(lowering, layer, ImageOf(axesNow[0].Extent, axesNow[1].Extent, axesNow[2].Extent), [.. wanted.Select(axis => axesNow.IndexOf(axis))]);
        }

        for (int i = 0; i < wanted.Length; i++)
        {
            int from = axesNow.IndexOf(wanted[i]);
            if (from == i)
            {
                continue;
            }

            layer = MoveForward(lowering, layer, Product(axesNow[..i]), Product(axesNow[i..from]), wanted[i].Extent, Product(axesNow[(from + 1)..]));
            axesNow.RemoveAt(from);
            axesNow.Insert(i, wanted[i]);
        }

        return layer;
    }

    /// <summary>Moves one of four axes before its neighbour: [before, passed, moved, behind] becomes [before, moved, passed, behind].</summary>
    private static Placed MoveForward(Lowering lowering, Placed layer, long before, long passed, long moved, long behind)
    {
        if (behind == 1)
        {
            return Transpose(lowering, layer, ImageOf(before, passed, moved), [0, 2, 1]);
        }

        layer = Transpose(lowering, layer, ImageOf(before * passed, moved, behind), [1, 0, 2]);
        return before == 1 ? layer : Transpose(lowering, layer, ImageOf(moved, before, passed * behind), [1, 0, 2]);
    }

    /// <summary>The order of the image's own axes that gives the wanted one; null where there is none.</summary>
    private static int[]? OrderOfImage(Shape shape, ImmutableArray<OrderAxis> wanted)
    {
        if (!shape.IsImage)
        {
            return null;
        }

        OrderAxis[] own = [new(shape.Channels, (long)shape.Height * shape.Width), new(shape.Height, shape.Width), new(shape.Width, 1)];
        int[] axes = [.. wanted.SelectMany(axis => Enumerable.Range(0, own.Length)
            .Where(i => own[i].Extent > 1 && own[i].Stride >= axis.Stride && own[i].Stride < axis.Stride * axis.Extent))];
        axes = [.. axes, .. Enumerable.Range(0, own.Length).Where(i => own[i].Extent == 1)];
        return axes.Order().SequenceEqual([0, 1, 2]) && ElementOrder.Join(axes.Select(i => own[i])).Equals(ElementOrder.Join(wanted)) ? axes : null;
    }

    private static Placed Transpose(Lowering lowering, Placed layer, Shape image, int[] axes) =>
        lowering.Append($"{layer.Name}.transpose", new Transpose(axes[0], axes[1], axes[2]), [lowering.View(layer, image)]);

    private static Shape ImageOf(long channels, long height, long width) =>
        Math.Max(channels, Math.Max(height, width)) <= SlidingWindow.MaxExtent
            ? Shape.Image((int)channels, (int)height, (int)width)
            : throw new UnsupportedException("the transposition that it needs is over too large a tensor");

    private static long Product(List<OrderAxis> axes) => axes.Aggregate(1L, (product, axis) => product * axis.Extent);
}
