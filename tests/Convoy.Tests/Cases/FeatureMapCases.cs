namespace Convoy.Tests.Cases;

/// <summary>Adaptive max pooling, padding, copies in another order, instance normalisation and log-softmax at shapes at which they go wrong first.</summary>
public static class FeatureMapCases
{
    public static IEnumerable<OperatorCase> All =>
    [
        new("globalmaxpool", new AdaptivePool2D(PoolKind.Max, 1), [Shape.Image(19, 7, 5)], Batch: 2),
        new("globalmaxpool: one pixel", new AdaptivePool2D(PoolKind.Max, 1), [Shape.Image(8, 1, 1)], Batch: 2),
        new("adaptivemaxpool: 13 to 6", new AdaptivePool2D(PoolKind.Max, 6), [Shape.Image(8, 13, 13)]),
        new("adaptivemaxpool: 2 to 5 x 3", new AdaptivePool2D(PoolKind.Max, new Extent2D(5, 3)), [Shape.Image(4, 2, 2)], Batch: 2),
        new("pad: four sides", new Pad2D(new Padding(1, 2, 3, 4), -1.5f), [Shape.Image(5, 3, 4)], Batch: 2),
        new("pad: even channels", new Pad2D(2, 0.25f), [Shape.Image(16, 3, 2)], Batch: 3),
        new("pad: with zeros", new Pad2D(1), [Shape.Image(3, 5, 5)], Batch: 2),
        new("pad: nothing", new Pad2D(0, 7), [Shape.Image(3, 2, 2)]),
        new("pad: the right alone", new Pad2D(new Padding(0, 0, 0, 1), 7), [Shape.Image(1, 3, 3)], Batch: 2),
        new("pad: the top alone", new Pad2D(new Padding(3, 0, 0, 0), 7), [Shape.Image(33, 2, 2)]),
        new("pad: beyond the image", new Pad2D(9, 1), [Shape.Image(2, 1, 1)], Batch: 2),
        new("depthtospace: one channel", new DepthToSpace(2), [Shape.Image(4, 3, 5)], Batch: 2),
        new("depthtospace: three by three", new DepthToSpace(3), [Shape.Image(45, 2, 3)], Batch: 3),
        new("depthtospace: channel-major", new DepthToSpace(2, ChannelMajor: true), [Shape.Image(28, 5, 2)], Batch: 2),
        new("depthtospace: even channels", new DepthToSpace(2), [Shape.Image(64, 4, 4)]),
        new("depthtospace: one by one", new DepthToSpace(1), [Shape.Image(3, 2, 2)], Batch: 2),
        new("depthtospace: one pixel", new DepthToSpace(4, ChannelMajor: true), [Shape.Image(32, 1, 1)], Batch: 2),
        new("spacetodepth: one channel", new SpaceToDepth(2), [Shape.Image(1, 6, 10)], Batch: 2),
        new("spacetodepth: three by three", new SpaceToDepth(3), [Shape.Image(5, 6, 9)], Batch: 3),
        new("spacetodepth: even channels", new SpaceToDepth(4), [Shape.Image(16, 8, 4)]),
        new("spacetodepth: one by one", new SpaceToDepth(1), [Shape.Image(3, 2, 2)], Batch: 2),
        new("unflatten", new Unflatten(Shape.Image(5, 4, 3)), [Shape.Vector(60)], Batch: 2),
        new("unflatten: large", new Unflatten(Shape.Image(37, 29, 31)), [Shape.Vector(37 * 29 * 31)], Batch: 2),
        new("unflatten: one channel", new Unflatten(Shape.Image(1, 4, 3)), [Shape.Vector(12)], Batch: 3),
        new("unflatten: one pixel", new Unflatten(Shape.Image(9, 1, 1)), [Shape.Vector(9)]),
        new("flatten: large", new Flatten(), [Shape.Image(37, 29, 31)], Batch: 2),
        .. Transposes,
        new("slice: one channel", new Slice(3, 1), [Shape.Image(5, 4, 3)], Batch: 2),
        new("slice: every other", new Slice(1, 8, 2), [Shape.Image(17, 3, 5)], Batch: 2),
        new("slice: in reverse", new Slice(2, 3, -1), [Shape.Image(3, 7, 5)], Batch: 3),
        new("slice: all", new Slice(0, 6), [Shape.Image(6, 2, 2)], Batch: 2),
        new("slice: features", new Slice(100, 300, 3), [Shape.Vector(1000)], Batch: 3),
        new("slice: features in reverse", new Slice(9, 4, -3), [Shape.Vector(11)], Batch: 2),
        new("upsample: twice", new Upsample(2), [Shape.Image(19, 5, 3)], Batch: 2),
        new("upsample: one channel", new Upsample(new Extent2D(3, 2)), [Shape.Image(1, 4, 5)], Batch: 3),
        new("upsample: rows alone", new Upsample(new Extent2D(4, 1)), [Shape.Image(16, 3, 2)]),
        new("upsample: columns alone", new Upsample(new Extent2D(1, 5)), [Shape.Image(3, 3, 2)], Batch: 2),
        new("upsample: one pixel", new Upsample(7), [Shape.Image(5, 1, 1)], Batch: 2),
        new("upsample: once", new Upsample(1), [Shape.Image(5, 3, 3)]),
        new("instancenorm", new InstanceNormalization(), [Shape.Image(19, 7, 5)], Batch: 2),
        new("instancenorm: relu", new InstanceNormalization(0.1f), [Shape.Image(16, 4, 9)], Activation.Relu, 3),
        new("instancenorm: prelu", new InstanceNormalization(), [Shape.Image(5, 4, 9)], Activation.ParametricRelu, 2),
        new("instancenorm: one pixel", new InstanceNormalization(), [Shape.Image(8, 1, 1)], Batch: 2),
        new("instancenorm: one channel", new InstanceNormalization(), [Shape.Image(1, 61, 53)], Batch: 2),
        new("instancenorm: many segments", new InstanceNormalization(), [Shape.Image(3, 150, 131)], Batch: 2),
        new("instancenorm: many channels", new InstanceNormalization(), [Shape.Image(700, 6, 6)], Batch: 2),
        new("logsoftmax: vector", new LogSoftmax(), [Shape.Vector(1000)], Batch: 3),
        new("logsoftmax: one feature", new LogSoftmax(), [Shape.Vector(1)]),
        new("logsoftmax: image", new LogSoftmax(), [Shape.Image(7, 3, 2)], Batch: 2),
        new("logsoftmax: even channels", new LogSoftmax(), [Shape.Image(16, 2, 3)], Batch: 2),
    ];

    // Every order of the axes.
    private static IEnumerable<OperatorCase> Transposes =>
        from layer in new Transpose[] { new(0, 1, 2), new(0, 2, 1), new(1, 0, 2), new(1, 2, 0), new(2, 0, 1), new(2, 1, 0) }
        from shape in new[] { Shape.Image(3, 5, 7), Shape.Image(33, 18, 20) }
        select new OperatorCase($"{layer} of {shape}", layer, [shape], Batch: 2);
}
