using Convoy.Backends.OpenCL;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>The host's one list of activations: what is in it kernels are built with, what is not is refused by name.</summary>
public sealed class KernelActivationTests : OpenClFixture
{
    private static readonly Activation Unknown = new((ActivationKind)99);

    private static IEnumerable<OperatorCase> Fused =>
    [
        new("direct", new Convolution2D(4, 3, 1, 1, 1), [Shape.Image(3, 8, 8)], Unknown),
        new("implicit gemm", new Convolution2D(4, 3, 1, 1, 1), [Shape.Image(8, 8, 8)], Unknown),
        new("winograd", new Convolution2D(64, 3, 1, 1, 1), [Shape.Image(64, 16, 16)], Unknown),
        new("fully connected", new FullyConnected(5), [Shape.Vector(7)], Unknown),
        new("add", new Binary(BinaryOperation.Add), [Shape.Image(3, 4, 4), Shape.Image(3, 4, 4)], Unknown),
    ];

    [TestCaseSource(nameof(Fused))]
    public void An_activation_that_is_not_in_the_list_is_refused_by_name(OperatorCase operatorCase)
    {
        ConvolutionAlgorithm algorithm = operatorCase.Name == "winograd" ? ConvolutionAlgorithm.Winograd : ConvolutionAlgorithm.Direct;
        using var backend = new OpenClBackend(AnyDevice, options: new() { Convolutions = algorithm });
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        Assert.That(
            () => backend.Partition(operatorCase.ToGraph(), 1)[0].Prepare([weights]).Dispose(),
            Throws.InstanceOf<BackendException>().With.Message.Contains("does not know the activation 99"));
    }

    [Test]
    public void Every_activation_has_one_row()
    {
        Assert.That(KernelActivation.All.Select(each => each.Kind), Is.EqualTo(Enum.GetValues<ActivationKind>()));
        Assert.That(KernelActivation.All.Select(each => each.Macro), Is.Unique);
    }

    [TestCase(0f, 0f, ExpectedResult = "")]
    [TestCase(0.01f, 0f, ExpectedResult = " -D ACTIVATION_ALPHA=0.01f -D ACTIVATION_BETA=0.0f")]
    [TestCase(0f, 6f, ExpectedResult = " -D ACTIVATION_ALPHA=0.0f -D ACTIVATION_BETA=6.0f")]
    [TestCase(-1e-10f, float.PositiveInfinity, ExpectedResult = " -D ACTIVATION_ALPHA=-1E-10f -D ACTIVATION_BETA=INFINITY")]
    public string Parameters_are_written_as_OpenCL_C_reads_them(float alpha, float beta) =>
        KernelActivation.OptionsFor("layer", new Activation(ActivationKind.Relu, alpha, beta))["-D ACTIVATION=ACTIVATION_RELU".Length..];
}
