namespace Convoy.Tests.Cases;

/// <summary>Adaptive max pooling, padding, depth to space and log-softmax at shapes at which they go wrong first.</summary>
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
        new("logsoftmax: vector", new LogSoftmax(), [Shape.Vector(1000)], Batch: 3),
        new("logsoftmax: one feature", new LogSoftmax(), [Shape.Vector(1)]),
        new("logsoftmax: image", new LogSoftmax(), [Shape.Image(7, 3, 2)], Batch: 2),
        new("logsoftmax: even channels", new LogSoftmax(), [Shape.Image(16, 2, 3)], Batch: 2),
    ];
}
