namespace Convoy.Tests.Cases;

/// <summary>Shapes at which kernels go wrong first.</summary>
public static class EdgeCases
{
    public static IEnumerable<OperatorCase> All => [.. Convolutions, .. Dense, .. Pools, .. Pointwise];

    private static IEnumerable<OperatorCase> Convolutions =>
    [
        Convolution("conv: 1 x 1 image", [3, 1, 1], 5, 1),
        Convolution("conv: one channel, one filter", [1, 4, 4], 1, 3),
        Convolution("conv: kernel = image", [4, 7, 5], 6, new Extent2D(7, 5)),
        Convolution("conv: kernel = padded image", [4, 3, 3], 6, 5, padding: 1),
        Convolution("conv: stride > kernel", [5, 13, 11], 9, 2, stride: 5),
        Convolution("conv: odd channels", [7, 9, 9], 13, 3, padding: 1, activation: Activation.Relu),
        Convolution("conv: 17 filters", [3, 6, 6], 17, 3),
        Convolution("conv: 33 filters, tanh", [2, 6, 7], 33, 3, activation: Activation.Tanh),
        Convolution("conv: asymmetric padding", [3, 8, 10], 8, 3, padding: new Padding(0, 2, 3, 1)),
        Convolution("conv: padding beyond the kernel", [2, 3, 3], 4, 2, padding: 4),
        Convolution("conv: SAME, even kernel, stride 2", [3, 11, 10], 8, 4, stride: 2, padding: Padding.Same),
        Convolution("conv: SAME_LOWER, even kernel", [3, 11, 10], 8, 4, padding: Padding.SameLower),
        Convolution("conv: dilation 2 x 3", [4, 14, 17], 6, 3, padding: 2, dilation: new Extent2D(2, 3)),
        Convolution("conv: 2 groups", [8, 7, 7], 12, 3, padding: 1, groups: 2, activation: Activation.Relu),
        Convolution("conv: 2 groups of 24 into 64, 5 x 5 (AlexNet's two towers)", [48, 13, 13], 128, 5, padding: 2, groups: 2),
        Convolution("conv: depthwise", [19, 8, 8], 19, 3, padding: 1, groups: 19),
        Convolution("conv: depthwise, 5 x 5, stride 2, ReLU6", [40, 15, 14], 40, 5, stride: 2, padding: 2, groups: 40, activation: Activation.Relu6),
        Convolution("conv: depthwise, dilated, padded on one side", [33, 9, 21], 33, 3, padding: new Padding(4, 0, 1, 2), dilation: new Extent2D(2, 3), groups: 33),
        Convolution("conv: depthwise, two filters a channel", [12, 9, 9], 24, 3, padding: 1, groups: 12),
        Convolution("conv: depthwise, dilated, strided", [5, 15, 15], 10, 3, stride: 2, dilation: 2, groups: 5),
        Convolution("conv: no bias", [3, 8, 8], 4, 3, bias: false),
        Convolution("conv: long rows", [3, 2, 301], 8, new Extent2D(2, 3), stride: new Extent2D(1, 2)),
        Convolution("conv: many channels, 1 x 1", [515, 3, 3], 24, 1),
        Convolution("conv: batch 65", [3, 5, 5], 7, 3, padding: 1) with { Batch = 65 },
    ];

    private static IEnumerable<OperatorCase> Dense =>
    [
        new("fc: 1 to 1", new FullyConnected(1), [Shape.Vector(1)]),
        new("fc: odd", new FullyConnected(37), [Shape.Vector(53)], Activation.Tanh, 5),
        new("fc: from an image", new FullyConnected(21), [Shape.Image(6, 3, 5)], Activation.Relu, 3),
        new("fc: no bias", new FullyConnected(16, HasBias: false), [Shape.Vector(64)], Batch: 2),
        new("fc: batch 65", new FullyConnected(33), [Shape.Vector(600)], Batch: 65),
    ];

    private static IEnumerable<OperatorCase> Pools =>
    [
        Pool("maxpool: 1 x 1 image", PoolKind.Max, [3, 1, 1], 1, 1),
        Pool("maxpool: window = image", PoolKind.Max, [17, 6, 6], 6, 1),
        Pool("maxpool: padded", PoolKind.Max, [5, 7, 7], 3, 2, padding: 1),
        Pool("maxpool: ceil", PoolKind.Max, [5, 8, 8], 3, 2, ceil: true),
        Pool("maxpool: ceil drops the last window", PoolKind.Max, [2, 4, 4], 1, 3, ceil: true),
        Pool("maxpool: stride > window", PoolKind.Max, [4, 11, 9], 2, 4),
        Pool("avgpool: padding counted", PoolKind.Average, [6, 7, 8], 3, 2, padding: 1),
        Pool("avgpool: padding not counted", PoolKind.Average, [6, 7, 8], 3, 2, padding: 1, count: false),
        Pool("avgpool: ceil, padding counted", PoolKind.Average, [3, 6, 6], 3, 2, padding: 1, ceil: true),
        Pool("avgpool: ceil, padding not counted", PoolKind.Average, [3, 6, 6], 3, 2, padding: 1, ceil: true, count: false),
        Pool("avgpool: SAME", PoolKind.Average, [3, 5, 6], 2, 2, padding: Padding.Same, count: false),
        Pool("maxpool: dilated", PoolKind.Max, [5, 11, 9], 3, 2, padding: 1, dilation: new Extent2D(2, 3)),
        Pool("maxpool: dilated, ceil", PoolKind.Max, [33, 12, 10], new Extent2D(2, 3), 3, dilation: 3, ceil: true),
        Pool("maxpool: dilated beyond the image", PoolKind.Max, [4, 3, 3], 2, 1, padding: new Padding(4, 0, 0, 4), dilation: 5),
        Pool("avgpool: dilated, padding counted", PoolKind.Average, [6, 9, 8], 3, 2, padding: new Padding(1, 3, 2, 0), dilation: 2),
        Pool("avgpool: dilated, padding not counted", PoolKind.Average, [6, 9, 8], 3, 2, padding: 2, count: false, dilation: 2),
        Pool("avgpool: dilated, ceil, padding counted", PoolKind.Average, [3, 8, 8], 2, 3, padding: 1, ceil: true, dilation: 3),
        Pool("avgpool: dilated, SAME", PoolKind.Average, [3, 7, 6], 3, 2, padding: Padding.Same, dilation: 2),
        new("globalpool", new AdaptivePool2D(PoolKind.Average, 1), [Shape.Image(19, 7, 5)], Batch: 2),
        new("adaptivepool: 13 to 6", new AdaptivePool2D(PoolKind.Average, 6), [Shape.Image(8, 13, 13)]),
        new("adaptivepool: 2 to 5", new AdaptivePool2D(PoolKind.Average, new Extent2D(5, 3)), [Shape.Image(4, 2, 2)]),
    ];

    private static IEnumerable<OperatorCase> Pointwise =>
    [
        new("lrn: size 5", new LocalResponseNormalization(5, 1e-1f, 0.75f, 2), [Shape.Image(11, 3, 4)], Batch: 2),
        new("lrn: even size", new LocalResponseNormalization(4, 2f, 0.5f, 1), [Shape.Image(6, 2, 2)]),
        new("lrn: even size, aligned below", new LocalResponseNormalization(4, 2f, 0.75f, 1, LrnAlignment.Below), [Shape.Image(19, 3, 2)], Batch: 2),
        new("lrn: size 2, aligned below", new LocalResponseNormalization(2, 2f, 0.6f, 1, LrnAlignment.Below), [Shape.Image(6, 2, 2)]),
        new("lrn: wider than the channels", new LocalResponseNormalization(9, 1f, 0.6f, 1), [Shape.Image(3, 2, 2)]),
        new("lrn: wider, aligned below", new LocalResponseNormalization(10, 1f, 0.5f, 1, LrnAlignment.Below), [Shape.Image(7, 2, 2)]),
        new("relu: image", new ActivationLayer(Activation.Relu), [Shape.Image(3, 5, 7)], Batch: 2),
        new("tanh: vector", new ActivationLayer(Activation.Tanh), [Shape.Vector(101)], Batch: 3),
        new("softmax: vector", new Softmax(), [Shape.Vector(1000)], Batch: 3),
        new("softmax: one feature", new Softmax(), [Shape.Vector(1)]),
        new("softmax: image", new Softmax(), [Shape.Image(7, 3, 2)]),
        new("flatten", new Flatten(), [Shape.Image(5, 4, 3)], Batch: 2),
        new("add: images, relu", new Binary(BinaryOperation.Add), [Shape.Image(9, 3, 5), Shape.Image(9, 3, 5)], Activation.Relu, 2),
        new("add: vectors", new Binary(BinaryOperation.Add), [Shape.Vector(31), Shape.Vector(31)]),
        new("concat: images", new Concat(), [Shape.Image(3, 4, 5), Shape.Image(17, 4, 5), Shape.Image(1, 4, 5)], Batch: 2),
        new("concat: vectors", new Concat(), [Shape.Vector(3), Shape.Vector(5)], Batch: 3),
        new("concat: one input", new Concat(), [Shape.Image(3, 2, 2)]),
    ];

    /// <summary>A convolution of three images.</summary>
    internal static OperatorCase Convolution(
        string name,
        int[] input,
        int filters,
        Extent2D kernel,
        Extent2D? stride = null,
        Padding padding = default,
        Extent2D? dilation = null,
        int groups = 1,
        bool bias = true,
        Activation activation = default) =>
        new(name, new Convolution2D(filters, kernel, stride ?? 1, padding, dilation ?? 1, groups, bias), [new Shape(input)], activation, 3);

    private static OperatorCase Pool(
        string name, PoolKind kind, int[] input, Extent2D kernel, Extent2D stride, Padding padding = default, bool ceil = false, bool count = true, Extent2D? dilation = null) =>
        new(name, new Pool2D(kind, kernel, stride, padding, ceil, count, dilation), [new Shape(input)], Batch: 2);
}
