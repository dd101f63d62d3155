namespace Convoy.Tests.Cases;

/// <summary>Every activation, by itself and behind every layer that it is fused into.</summary>
public static class ActivationCases
{
    /// <summary>Every kind at least once; those with parameters with the usual ones and others.</summary>
    public static IEnumerable<Activation> Functions =>
    [
        Activation.Relu, Activation.Tanh, Activation.Sigmoid, Activation.LeakyRelu(), Activation.LeakyRelu(-0.5f), Activation.LeakyRelu(1.5f),
        Activation.Relu6, Activation.Clip(-1, 0.5f), Activation.Clip(float.NegativeInfinity, 0.25f), Activation.HardSigmoid(),
        Activation.HardSigmoid(1f / 6), Activation.HardSwish, Activation.Silu, Activation.Elu(), Activation.Elu(0.5f), Activation.Gelu,
        Activation.GeluTanh, Activation.Softplus, Activation.ParametricRelu, Activation.Selu(),
    ];

    public static IEnumerable<OperatorCase> All => [.. Alone, .. Functions.SelectMany(Fused), .. Slopes];

    /// <summary>Each function over an image and a vector.</summary>
    public static IEnumerable<OperatorCase> Alone =>
        from function in Functions
        from shape in new[] { Shape.Image(5, 3, 7), Shape.Image(8, 2, 3), Shape.Vector(101) }
        select new OperatorCase($"{function}: alone over {shape}", new ActivationLayer(function), [shape], Batch: 3);

    // A slope a channel: shapes at which one channel's could be taken for another's.
    private static IEnumerable<OperatorCase> Slopes =>
    [
        new("prelu: one channel", new ActivationLayer(Activation.ParametricRelu), [Shape.Image(1, 5, 5)], Batch: 2),
        new("prelu: one pixel", new ActivationLayer(Activation.ParametricRelu), [Shape.Image(33, 1, 1)], Batch: 2),
        new("prelu: conv, grouped", new Convolution2D(10, 3, 1, 1, 1, Groups: 2), [Shape.Image(4, 7, 6)], Activation.ParametricRelu, 2),
        new("prelu: conv, 33 filters", new Convolution2D(33, 3, 1, 1, 1), [Shape.Image(2, 6, 7)], Activation.ParametricRelu, 2),
        new("prelu: fc, batch 65", new FullyConnected(33), [Shape.Vector(20)], Activation.ParametricRelu, 65),
    ];

    private static IEnumerable<OperatorCase> Fused(Activation function)
    {
        var window = new Convolution2D(7, 3, 1, 1, 1);
        return
        [
            new($"{function}: conv, few channels", window, [Shape.Image(3, 9, 8)], function, 2),
            new($"{function}: conv, many channels", new Convolution2D(17, 3, 1, 1, 1), [Shape.Image(16, 6, 6)], function, 2),
            new($"{function}: conv, depthwise", new Convolution2D(6, 3, 2, 0, 1, Groups: 6), [Shape.Image(6, 7, 9)], function, 2),

            // Where it is not monotone, pooling before it would show.
            new($"{function}: conv, pooled", window, [Shape.Image(3, 9, 8)], function, 2) { Pool = new Pool2D(PoolKind.Max, 3, 2, default) },
            new($"{function}: fc", new FullyConnected(37), [Shape.Image(6, 3, 5)], function, 5),
            new($"{function}: add", new Binary(BinaryOperation.Add), [Shape.Image(9, 3, 5), Shape.Image(9, 3, 5)], function, 2),
            new($"{function}: constant", new BinaryConstant(BinaryOperation.Subtract, [0.5f], ConstantFirst: true), [Shape.Image(9, 3, 5)], function, 2),
        ];
    }
}
