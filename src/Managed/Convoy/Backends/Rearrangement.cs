using Convoy.Layers;

namespace Convoy.Backends;

/// <summary>An axis of a rearrangement.</summary>
/// <param name="Extent">How many numbers of the output lie along it.</param>
/// <param name="Stride">Numbers of the input from one to the next; 0 repeats.</param>
internal readonly record struct CopyAxis(long Extent, long Stride);

/// <summary>
/// What all layers are that only put numbers elsewhere: a copy with strides. The output's number at [i][j].. is the input's at
/// <paramref name="Offset"/> + i * Axes[0].Stride + j * Axes[1].Stride + ..; images of the output are NHWC.
/// </summary>
/// <param name="InputCount">Numbers of an image of the input.</param>
/// <param name="Offset">Where the output's first number comes from.</param>
/// <param name="Axes">The output's axes, outermost first, <see cref="MostAxes"/> at the most.</param>
internal sealed record Rearrangement(long InputCount, long Offset, ImmutableArray<CopyAxis> Axes)
{
    /// <summary>The most axes that a layer has.</summary>
    public const int MostAxes = 6;

    // Rows as long as this are work enough by themselves, and threads can share them.
    private const long LongRow = 16 * 1024;

    /// <summary>The rearrangement that a step is; null where its layer is none.</summary>
    /// <param name="step">The step.</param>
    /// <param name="input">How its input lies.</param>
    public static Rearrangement? Of(FusedStep step, Layout input)
    {
        Shape from = step.InputShapes[0];
        Shape to = step.OutputShape;
        (long c, long h, long w) = StridesOf(from, input);
        return step.Layer switch
        {
            Flatten => Create(from, 0, (from.Channels, c), (from.Height, h), (from.Width, w)),
            Unflatten => Between(to, Layout.Nchw, Layout.Nhwc),
            Transpose layer => Permute(layer),
            Slice layer => Create(from, layer.Start * c, (to.Height, h), (to.Width, w), (to.Channels, layer.Step * c)),
            DepthToSpace { Block: int b } layer => Create(
                from,
                0,
                (from.Height, h),
                (b, b * layer.PlaceStride(to.Channels) * c),
                (from.Width, w),
                (b, layer.PlaceStride(to.Channels) * c),
                (to.Channels, layer.ChannelStride * c)),
            SpaceToDepth { Block: int b } => Create(from, 0, (to.Height, b * h), (to.Width, b * w), (b, h), (b, w), (from.Channels, c)),
            Upsample { Factor: (int f, int g) } => Create(from, 0, (from.Height, h), (f, 0), (from.Width, w), (g, 0), (from.Channels, c)),
            _ => null,
        };

        Rearrangement Permute(Transpose layer)
        {
            ReadOnlySpan<long> strides = [c, h, w];
            return Create(from, 0, (to.Height, strides[layer.Second]), (to.Width, strides[layer.Third]), (to.Channels, strides[layer.First]));
        }
    }

    /// <summary>A change of layout.</summary>
    public static Rearrangement Between(Shape shape, Layout from, Layout to)
    {
        (long c, long h, long w) = StridesOf(shape, from);
        return to switch
        {
            Layout.Nhwc => Create(shape, 0, (shape.Height, h), (shape.Width, w), (shape.Channels, c)),
            Layout.Nchw => Create(shape, 0, (shape.Channels, c), (shape.Height, h), (shape.Width, w)),
            _ => throw new BackendException($"There is no copy to the layout {to}."),
        };
    }

    /// <summary>From a channel, a row and a column to the next.</summary>
    private static (long Channel, long Row, long Column) StridesOf(Shape shape, Layout layout) => layout switch
    {
        Layout.Nhwc => (1, (long)shape.Width * shape.Channels, shape.Channels),
        Layout.Nchw => ((long)shape.Height * shape.Width, shape.Width, 1),
        _ => throw new BackendException($"There is no copy from the layout {layout}."),
    };

    /// <summary>Leaves out axes of one, and joins those that continue one another.</summary>
    private static Rearrangement Create(Shape input, long offset, params ReadOnlySpan<(long Extent, long Stride)> axes)
    {
        List<CopyAxis> joined = [];
        foreach ((long extent, long stride) in axes)
        {
            if (joined.Count > 0 && joined[^1].Stride == extent * stride && joined[^1].Extent * extent <= LongRow)
            {
                joined[^1] = new CopyAxis(joined[^1].Extent * extent, stride);
            }
            else if (extent > 1)
            {
                joined.Add(new CopyAxis(extent, stride));
            }
        }

        return new Rearrangement(input.Count, offset, joined.Count > 0 ? [.. joined] : [new CopyAxis(1, 1)]);
    }
}
