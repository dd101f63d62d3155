using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Backends.Reference;
using Convoy.Layers;
using Convoy.Tests.Cases;
using Convoy.Tests.Support;
using CsCheck;

namespace Convoy.Tests.Backends;

/// <summary>Each way to compute a convolution by Winograd's algorithm, in every instruction set, against the oracle.</summary>
[TestFixtureSource(nameof(Variants))]
public sealed class ConvolutionAlgorithmTests(InstructionSet isa, ConvolutionAlgorithm algorithm)
{
    // What ConvolutionAlgorithm promises of 8 points; fewer err less.
    private const double MostError = 1e-5;
    private readonly ReferenceBackend _oracle = new();
    private NativeBackend _backend = null!;
    private NativeBackend _backendOfBytes = null!;

    private static IEnumerable<TestFixtureData> Variants =>
        from isa in Enum.GetValues<InstructionSet>()
        where isa != InstructionSet.Auto && NativeLibraryState.Supports(isa)
        from algorithm in Enum.GetValues<ConvolutionAlgorithm>()
        where algorithm >= ConvolutionAlgorithm.Winograd4
        select new TestFixtureData(isa, algorithm);

    private static IEnumerable<OperatorCase> Networks => NetworkCases.All.Where(each => each.Layer is Convolution2D);

    private static IEnumerable<OperatorCase> Edges => EdgeCases.All.Where(each => each.Layer is Convolution2D);

    [OneTimeSetUp]
    public void OpenBackends()
    {
        var choices = new NativeChoices(isa) { Convolution = algorithm };
        _backend = new NativeBackend(2, choices);
        _backendOfBytes = new NativeBackend(2, choices with { TakesBytes = true });
    }

    [OneTimeTearDown]
    public void CloseBackends()
    {
        _backend.Dispose();
        _backendOfBytes.Dispose();
        _oracle.Dispose();
    }

    [TestCaseSource(nameof(Networks))]
    public void Convolutions_of_both_networks_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase, leastNorm: 0);

    [TestCaseSource(nameof(Edges))]
    public void Edge_shapes_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase);

    [Test]
    public void Random_convolutions_agree_with_the_oracle() => TiledCases.Random.Sample(AssertAgrees, iter: 60, threads: 1);

    [Test]
    public void Random_convolutions_of_any_kind_agree_with_the_oracle() => RandomCases.Convolution.Sample(AssertAgrees, iter: 40, threads: 1);

    /// <summary>In a small case outputs may happen to cancel out: the error is then held against what they would usually be.</summary>
    private void AssertAgrees(OperatorCase operatorCase)
    {
        double outputs = operatorCase.Output.Count * (double)operatorCase.Batch;
        double depth = operatorCase.KernelCount / (double)operatorCase.Output.Channels;
        AssertAgrees(operatorCase, leastNorm: Math.Sqrt(outputs * depth) / 3);
    }

    private void AssertAgrees(OperatorCase operatorCase, double leastNorm)
    {
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Reals);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        AssertIsUsed(operatorCase, weights);
        float[] expected = OracleAnswers.Get(_oracle, operatorCase, inputs, weights);
        foreach (NativeBackend backend in new[] { _backend, _backendOfBytes })
        {
            double error = Agreement.RelativeError(OperatorRunner.Run(backend, operatorCase, inputs, weights), expected, leastNorm);
            Assert.That(error, Is.LessThanOrEqualTo(MostError), operatorCase.Name);
            if (((Convolution2D)operatorCase.Layer).Stride == 1)
            {
                // Only strides make a difference to the layout that is read.
                break;
            }
        }
    }

    /// <summary>What cannot be computed so is computed directly; nothing else is.</summary>
    private void AssertIsUsed(OperatorCase operatorCase, StepWeights weights)
    {
        var layer = (Convolution2D)operatorCase.Layer;
        int points = (int)algorithm;
        using IStep step = _backend.Prepare(operatorCase.ToStep(), weights, operatorCase.Batch);
        bool applies = TiledCases.Applies(layer, points);
        Assert.That(step.Algorithm, Does.StartWith(applies ? $"winograd-{points} (" : "direct ("), operatorCase.Name);
        Assert.That(step.Choice, Is.EqualTo(applies ? "asked for" : $"winograd{points} was asked for, and does not apply"));
    }
}
