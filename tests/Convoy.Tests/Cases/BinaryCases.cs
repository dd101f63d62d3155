using System.Collections.Immutable;

namespace Convoy.Tests.Cases;

/// <summary>Every binary operation of two tensors, of one shape or one of them broadcast over the other, and of a tensor and constants of both kinds on either side.</summary>
public static class BinaryCases
{
    public static IEnumerable<OperatorCase> All => Enum.GetValues<BinaryOperation>().SelectMany(operation => Tensors(operation).Concat(Constants(operation))).Concat(Broadcast);

    /// <summary>A number a channel or a single one, on either side of a difference, images and vectors, activations of either place.</summary>
    public static IEnumerable<OperatorCase> Broadcast =>
        from isFirst in new[] { false, true }
        from pair in new (Shape Whole, Shape Small)[]
        {
            (Shape.Image(7, 3, 5), Shape.Vector(7)), (Shape.Image(16, 2, 3), Shape.Image(16, 1, 1)), (Shape.Image(1, 4, 4), Shape.Vector(1)),
            (Shape.Image(9, 30, 70), Shape.Image(1, 1, 1)), (Shape.Vector(21), Shape.Vector(1)), (Shape.Image(5, 1, 1), Shape.Vector(5)),
        }
        from activation in new[] { Activation.None, Activation.ParametricRelu }
        select new OperatorCase(
            $"broadcast: {(isFirst ? $"{pair.Small} and {pair.Whole}" : $"{pair.Whole} and {pair.Small}")}, {activation.Name}",
            new Binary(BinaryOperation.Subtract),
            isFirst ? [pair.Small, pair.Whole] : [pair.Whole, pair.Small],
            activation,
            Batch: 3);

    private static IEnumerable<OperatorCase> Tensors(BinaryOperation operation) =>
    [
        Of("images", operation, Shape.Image(9, 3, 5), batch: 2),
        Of("images, even channels", operation, Shape.Image(16, 4, 3), Activation.Relu, batch: 2),
        Of("images, one pixel", operation, Shape.Image(5, 1, 1), batch: 3),
        Of("vectors", operation, Shape.Vector(31), Activation.Tanh, batch: 3),
    ];

    private static IEnumerable<OperatorCase> Constants(BinaryOperation operation) =>
        from isFirst in new[] { false, true }
        from isScalar in new[] { false, true }
        from shape in new[] { Shape.Image(7, 3, 5), Shape.Image(16, 2, 3), Shape.Image(1, 4, 4), Shape.Image(33, 1, 1), Shape.Vector(21) }
        select new OperatorCase(
            $"{operation}: {(isScalar ? "scalar" : "a number a channel")}{(isFirst ? " first" : "")} and {shape}",
            new BinaryConstant(operation, isScalar ? [-1.75f] : Numbers(shape.Channels), isFirst),
            [shape],
            isScalar ? Activation.None : Activation.Relu,
            Batch: 3);

    private static OperatorCase Of(string name, BinaryOperation operation, Shape shape, Activation activation = default, int batch = 1) =>
        new($"{operation}: {name}", new Binary(operation), [shape, shape], activation, batch);

    /// <summary>Halves of odd numbers of either sign: none of them 0, and all apart.</summary>
    private static ImmutableArray<float> Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => (i % 2 == 0 ? 1 : -1) * (i + 0.5f))];
}
