using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Backends.Reference;
using Convoy.Layers;
using Convoy.Tests.Cases;
using Convoy.Tests.Support;
using CsCheck;

namespace Convoy.Tests.Backends;

/// <summary>Every operator of the native backend against the oracle, in every instruction set this CPU has.</summary>
[TestFixtureSource(nameof(InstructionSets))]
public sealed class NativeOperatorTests(InstructionSet isa)
{
    private readonly ReferenceBackend _oracle = new();
    private NativeBackend _native = null!;

    private static IEnumerable<InstructionSet> InstructionSets =>
        Enum.GetValues<InstructionSet>().Where(each => each != InstructionSet.Auto && NativeLibraryState.Supports(each));

    private static IEnumerable<OperatorCase> Networks => NetworkCases.All;

    private static IEnumerable<OperatorCase> Edges => EdgeCases.All;

    private static IEnumerable<OperatorCase> ExactEdges => EdgeCases.All.Where(each =>
        each.Activation != Activation.Tanh && each.Layer is Convolution2D or FullyConnected or Pool2D { Kind: PoolKind.Max } or Add or Concat or Flatten);

    [OneTimeSetUp]
    public void CreateBackend() => _native = new NativeBackend(2, isa);

    [OneTimeTearDown]
    public void DisposeBackend()
    {
        _native.Dispose();
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
            OperatorRunner.Run(_native, operatorCase, inputs, weights),
            OperatorRunner.Run(_oracle, operatorCase, inputs, weights),
            operatorCase.Name);
    }

    [Test]
    public void Random_convolutions_agree_with_the_oracle() => RandomCases.Convolution.Sample(AssertAgrees, iter: 150, threads: 1);

    [Test]
    public void Random_pools_agree_with_the_oracle() => RandomCases.Pool.Sample(AssertAgrees, iter: 150, threads: 1);

    [Test]
    public void Random_fully_connected_layers_agree_with_the_oracle() => RandomCases.Dense.Sample(AssertAgrees, iter: 100, threads: 1);

    private void AssertAgrees(OperatorCase operatorCase)
    {
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Reals);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        Agreement.AssertClose(
            OperatorRunner.Run(_native, operatorCase, inputs, weights),
            OracleAnswers.Get(_oracle, operatorCase, inputs, weights),
            operatorCase.Name);
    }
}
