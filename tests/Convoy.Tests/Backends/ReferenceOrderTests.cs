using Convoy.Backends.Reference;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>The oracle's layers that put numbers elsewhere, spread or normalise them: small ones, whose results are written out.</summary>
public class ReferenceOrderTests
{
    private static IEnumerable<TestCaseData> Cases()
    {
        // Two channels of two rows of three: 0 to 5, and 6 to 11.
        Shape image = Shape.Image(2, 2, 3);
        yield return Case(new Unflatten(image), Shape.Vector(12), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        yield return Case(new Transpose(0, 2, 1), image, [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
        yield return Case(new Transpose(1, 2, 0), image, [0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11]);
        yield return Case(new Transpose(2, 0, 1), image, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
        yield return Case(new Slice(1, 1), image, [6, 7, 8, 9, 10, 11]);
        yield return Case(new Slice(5, 3, -2), Shape.Vector(7), [5, 3, 1]);
        yield return Case(new SpaceToDepth(2), Shape.Image(2, 2, 4), [0, 2, 8, 10, 1, 3, 9, 11, 4, 6, 12, 14, 5, 7, 13, 15]);
        yield return Case(new DepthToSpace(2), Shape.Image(8, 1, 2), [0, 4, 1, 5, 8, 12, 9, 13, 2, 6, 3, 7, 10, 14, 11, 15]);
        yield return Case(new DepthToSpace(2, ChannelMajor: true), Shape.Image(8, 1, 2), [0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15]);
        yield return Case(new Upsample(new Extent2D(1, 2)), Shape.Image(1, 2, 2), [0, 0, 1, 1, 2, 2, 3, 3]);
        yield return Case(new Upsample(new Extent2D(3, 1)), Shape.Image(1, 2, 2), [0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3]);
        yield return Case(new Pool2D(PoolKind.Max, 2, 1, 0, Dilation: new(1, 2)), Shape.Image(1, 2, 4), [6, 7]);
        yield return Case(new Pool2D(PoolKind.Average, 2, 1, new Padding(0, 1, 0, 0), CountPadding: false, Dilation: new(1, 2)), Shape.Image(1, 2, 3), [2.5f, 2.5f]);
        yield return Case(new Pool2D(PoolKind.Average, 2, 1, new Padding(0, 1, 0, 0), Dilation: new(1, 2)), Shape.Image(1, 2, 3), [1.25f, 2.5f]);
        yield return Case(new Binary(BinaryOperation.Subtract), [image, Shape.Vector(2)], [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10]);
        yield return Case(new Binary(BinaryOperation.Subtract), [Shape.Image(2, 1, 1), image], [0, -1, -2, -3, -4, -5, -5, -6, -7, -8, -9, -10]);
        yield return Case(new Binary(BinaryOperation.Subtract), [Shape.Vector(1), Shape.Vector(3)], [0, -1, -2]);

        // Variances of 1/4, which an epsilon makes 1; weights 2 and -1, biases 1/2 and 3.
        yield return Case(new InstanceNormalization(0.75f), Shape.Image(2, 1, 2), [-0.5f, 1.5f, 3.5f, 2.5f]);
    }

    [TestCaseSource(nameof(Cases))]
    public void Its_numbers_are_those_of_the_definition(OperatorCase operatorCase, float[] expected)
    {
        using var reference = new ReferenceBackend();
        float[][] inputs = [.. operatorCase.Inputs.Select(shape => Enumerable.Range(0, (int)shape.Count).Select(i => (float)i).ToArray())];
        var weights = new StepWeights(new[] { 2f, -1f }, new[] { 0.5f, 3f });
        Assert.That(OperatorRunner.Run(reference, operatorCase, inputs, weights), Is.EqualTo(expected).Within(1e-6));
    }

    private static TestCaseData Case(Layer layer, Shape input, float[] expected) => Case(layer, [input], expected);

    private static TestCaseData Case(Layer layer, Shape[] inputs, float[] expected) =>
        new TestCaseData(new OperatorCase($"{layer} over {string.Join(" and ", inputs)}", layer, inputs), expected).SetArgDisplayNames($"{layer} over {string.Join(" and ", inputs)}");
}
