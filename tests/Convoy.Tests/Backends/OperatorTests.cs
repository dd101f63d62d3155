using Convoy.Backends.Reference;
using Convoy.Tests.Cases;
using CsCheck;

namespace Convoy.Tests.Backends;

/// <summary>Every operator against the oracle: what each backend is held to, on each device and variant.</summary>
public abstract class OperatorTests
{
    private readonly ReferenceBackend _oracle = new();
    private IBackend _backend = null!;

    private static IEnumerable<OperatorCase> Networks => NetworkCases.All;

    private static IEnumerable<OperatorCase> Edges => EdgeCases.All;

    private static IEnumerable<OperatorCase> ExactEdges => EdgeCases.All.Where(each =>
        each.Activation != Activation.Tanh && each.Layer is Convolution2D or FullyConnected or Pool2D { Kind: PoolKind.Max } or Binary or Concat or Flatten);

    [OneTimeSetUp]
    public void OpenBackend() => _backend = CreateBackend();

    [OneTimeTearDown]
    public void CloseBackend()
    {
        _backend?.Dispose();
        _oracle.Dispose();
    }

    [TestCaseSource(nameof(Networks))]
    public void Layers_of_both_networks_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase);

    [TestCaseSource(nameof(Edges))]
    public void Edge_shapes_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase);

    [TestCaseSource(nameof(ExactEdges))]
    public void Integers_come_out_exactly(OperatorCase operatorCase)
    {
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Integers);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Integers);
        Agreement.AssertExact(
            OperatorRunner.Run(_backend, operatorCase, inputs, weights),
            OperatorRunner.Run(_oracle, operatorCase, inputs, weights),
            operatorCase.Name);
    }

    [Test]
    public void Random_convolutions_agree_with_the_oracle() => RandomCases.Convolution.Sample(AssertAgrees, iter: RandomCount, threads: 1);

    [Test]
    public void Random_pools_agree_with_the_oracle() => RandomCases.Pool.Sample(AssertAgrees, iter: RandomCount, threads: 1);

    [Test]
    public void Random_fully_connected_layers_agree_with_the_oracle() => RandomCases.Dense.Sample(AssertAgrees, iter: RandomCount, threads: 1);

    /// <summary>How many random cases of each kind are run.</summary>
    private protected virtual int RandomCount => 150;

    /// <summary>Opens the backend under test.</summary>
    private protected abstract IBackend CreateBackend();

    private void AssertAgrees(OperatorCase operatorCase)
    {
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Reals);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        Agreement.AssertClose(
            OperatorRunner.Run(_backend, operatorCase, inputs, weights),
            OracleAnswers.Get(_oracle, operatorCase, inputs, weights),
            operatorCase.Name,
            leastNorm: LeastNorm(operatorCase));
    }

    /// <summary>A twentieth of what random products usually add up to: a small case's may happen to cancel out, and its error stays.</summary>
    private static double LeastNorm(OperatorCase operatorCase)
    {
        double depth = operatorCase.KernelCount / (double)operatorCase.Output.Channels;
        return Math.Max(1e-3, Math.Sqrt(operatorCase.Output.Count * operatorCase.Batch * depth) / 20);
    }
}
