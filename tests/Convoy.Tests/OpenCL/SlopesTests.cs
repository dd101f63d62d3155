using Convoy.Backends.OpenCL;
using Convoy.Backends.Reference;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>A slope a channel reaches the channel it belongs to, in every kernel that applies activations, on every device.</summary>
public sealed class SlopesTests : OpenClFixture
{
    private static readonly Shape Image = Shape.Image(21, 9, 8);

    private static IEnumerable<TestCaseData> Cases =>
        from form in DeviceForms.All
        from algorithm in new[] { ("direct", Convolution(3, 137)), ("implicit gemm", Convolution(12, 33)), ("implicit gemm", Convolution(10, 18, groups: 2)),
            ("winograd-6", Convolution(12, 21)), ("winograd-4", Convolution(6, 10, groups: 2)), ("depthwise", Convolution(21, 21, groups: 21)) }.Concat(Others)
        select new TestCaseData(form.Index, form.Device, form.AsGpu, algorithm.Item1, algorithm.Item2).SetArgDisplayNames(
            form.Device, form.AsGpu ? "as a GPU" : "as it is", algorithm.Item1, algorithm.Item2.Name);

    private static IEnumerable<(string, OperatorCase)> Others =>
    [
        ("implicit gemm", new OperatorCase("fully connected", new FullyConnected(37), [Shape.Vector(25)], Activation.ParametricRelu, 3)),
        ("simple", new OperatorCase("sum", new Binary(BinaryOperation.Add), [Image, Image], Activation.ParametricRelu, 3)),
        ("simple", new OperatorCase("difference to a number", new BinaryConstant(BinaryOperation.Subtract, [0.3f], true), [Image], Activation.ParametricRelu, 3)),
        ("simple", new OperatorCase("by itself, image", new ActivationLayer(Activation.ParametricRelu), [Image], Batch: 3)),
        ("simple", new OperatorCase("by itself, vector", new ActivationLayer(Activation.ParametricRelu), [Shape.Vector(29)], Batch: 3)),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Each_channel_has_its_own(int index, string device, bool asGpu, string algorithm, OperatorCase operatorCase)
    {
        using OpenClBackend backend = DeviceForms.Open(index, device, asGpu, only: operatorCase.Layer is Convolution2D ? algorithm : null);
        using var oracle = new ReferenceBackend();
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Reals);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals) with { Slopes = TestData.Reals(operatorCase.Output.Channels, 7) };
        Assert.That(OperatorRunner.Describe(backend, operatorCase, weights).Algorithm, Does.StartWith(algorithm));

        Agreement.AssertClose(
            OperatorRunner.Run(backend, operatorCase, inputs, weights), OperatorRunner.Run(oracle, operatorCase, inputs, weights), operatorCase.Name);
    }

    private static OperatorCase Convolution(int channels, int filters, int groups = 1) => new(
        $"{channels} channels in {groups}",
        new Convolution2D(filters, 3, 1, 1, 1, groups),
        [Shape.Image(channels, 11, 13)],
        Activation.ParametricRelu,
        3);
}
