namespace Convoy.Onnx.Import;

/// <summary>A tensor with some axes brought to the front.</summary>
/// <param name="Tensor">It, its elements where they are counted.</param>
/// <param name="Axes">Which of the original's axes each is.</param>
/// <param name="FrontAxes">How many were brought to the front.</param>
internal readonly record struct FrontedTensor(ComputedTensor Tensor, ImmutableArray<int> Axes, int FrontAxes)
{
    /// <summary>How many elements the axes in front have together.</summary>
    public long FrontCount => Import.Axes.Count(Tensor.Extents.AsSpan()[..FrontAxes]);

    /// <summary>The layer as an image whose channels are the axes in front, or as a vector where there are no others.</summary>
    public Placed AsChannels(Lowering lowering)
    {
        long channels = FrontCount;
        long pixels = Tensor.Count / channels;
        Shape shape = Tensor.Layer.Shape;
        if (shape.Channels == channels && (shape.IsImage || pixels == 1))
        {
            return Tensor.Layer;
        }

        if (channels > SlidingWindow.MaxExtent)
        {
            throw new UnsupportedException(FormattableString.Invariant($"it works along {channels:N0} elements, more than {SlidingWindow.MaxExtent:N0}"));
        }

        return lowering.View(Tensor.Layer, pixels == 1 ? Shape.Vector((int)channels) : Pixels(lowering, channels, pixels));
    }

    /// <summary>What a layer made of <see cref="AsChannels"/>, the axes where they were; no element moves.</summary>
    /// <param name="lowering">The network.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="frontExtent">The extent of the one axis in front, where the layer changed it.</param>
    public ComputedTensor Restore(Lowering lowering, Placed layer, int? frontExtent = null)
    {
        ImmutableArray<int> axes = Axes;
        ImmutableArray<int> extents = frontExtent is { } extent ? Tensor.Extents.SetItem(0, extent) : Tensor.Extents;
        return lowering.Permute(
            ComputedTensor.Of(layer, extents, Tensor.HasBatch), [.. Enumerable.Range(0, axes.Length).Select(axis => axes.IndexOf(axis))]);
    }

    // The last axes as the width, if the height is not too large then, and else any width at all.
    private Shape Pixels(Lowering lowering, long channels, long pixels)
    {
        long width = 1;
        for (int axis = Tensor.Extents.Length - 1; axis >= FrontAxes && width <= SlidingWindow.MaxExtent; axis--)
        {
            width *= Tensor.Extents[axis];
            if (width <= SlidingWindow.MaxExtent && pixels / width <= SlidingWindow.MaxExtent)
            {
                return Shape.Image((int)channels, (int)(pixels / width), (int)width);
            }
        }

        return lowering.Widths.Find(pixels) is { } found
            ? Shape.Image((int)channels, (int)(pixels / found), found)
            : throw new UnsupportedException(FormattableString.Invariant($"it works on {pixels:N0} pixels, which make no image of up to {SlidingWindow.MaxExtent:N0} a side"));
    }
}
