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

    private static IEnumerable<OperatorCase> Activations => ActivationCases.All;

    private static IEnumerable<OperatorCase> LoneActivations => ActivationCases.Alone;

    private static IEnumerable<OperatorCase> Others => [.. BinaryCases.All, .. FeatureMapCases.All];

    // What rounds once at most: the definition leaves nothing open.
    private static IEnumerable<OperatorCase> Exact => ActivationCases.All.Concat(Others).Where(each =>
        each.Function.Kind is ActivationKind.None or ActivationKind.Relu or ActivationKind.LeakyRelu or ActivationKind.Clip or ActivationKind.ParametricRelu
        && each.Layer is not (LogSoftmax or InstanceNormalization or Binary { Operation: BinaryOperation.Divide } or BinaryConstant { Operation: BinaryOperation.Divide }));

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

    [TestCaseSource(nameof(Activations))]
    public void Activations_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase, TestData.WideReals);

    [TestCaseSource(nameof(Others))]
    public void Binary_layers_paddings_and_the_like_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase, TestData.WideReals);

    [TestCaseSource(nameof(LoneActivations))]
    public void Activations_of_special_numbers_are_as_their_definitions_have_them(OperatorCase operatorCase)
    {
        float[] numbers = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, 1e30f, -1e30f, 200, -200, float.Epsilon, -float.Epsilon];
        float[][] inputs = [[.. Enumerable.Range(0, (int)operatorCase.Inputs[0].Count * operatorCase.Batch).Select(i => numbers[i % numbers.Length])]];
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        float[] actual = OperatorRunner.Run(_backend, operatorCase, inputs, weights);
        float[] expected = OperatorRunner.Run(_oracle, operatorCase, inputs, weights);
        for (int i = 0; i < actual.Length; i++)
        {
            float input = inputs[0][i];
            if (float.IsNaN(input))
            {
                Assert.That(actual[i], Is.NaN, $"{operatorCase} of NaN");
            }
            else if (!float.IsNaN(expected[i]))
            {
                // Infinity times nothing has no value, and some limit in its place is as good.
                double tolerance = float.IsFinite(expected[i]) ? Math.Max(1e-6, 1e-6 * Math.Abs(expected[i])) : 0;
                Assert.That(actual[i], Is.EqualTo(expected[i]).Within(tolerance), $"{operatorCase} of {input}");
            }
        }
    }

    [TestCaseSource(nameof(ExactEdges))]
    public void Integers_come_out_exactly(OperatorCase operatorCase) => AssertExact(operatorCase);

    [TestCaseSource(nameof(Exact))]
    public void Integers_come_out_exactly_where_nothing_is_approximated(OperatorCase operatorCase) => AssertExact(operatorCase);

    [TestCaseSource(typeof(UnknownSteps), nameof(UnknownSteps.All))]
    public void What_is_in_no_table_is_refused_by_name(UnknownStep unknown) => Assert.That(
        () => _backend.Partition(unknown.Graph, 1)[0].Prepare([unknown.Weights]).Dispose(),
        Throws.InstanceOf<BackendException>().With.Message.Contains("does not know").And.Message.Contains(unknown.Name));

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

    private void AssertAgrees(OperatorCase operatorCase) => AssertAgrees(operatorCase, TestData.Reals);

    private void AssertAgrees(OperatorCase operatorCase, Func<int, int, float[]> numbers)
    {
        float[][] inputs = OperatorRunner.Inputs(operatorCase, numbers);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        Agreement.AssertClose(
            OperatorRunner.Run(_backend, operatorCase, inputs, weights),
            OracleAnswers.Get(_oracle, operatorCase, inputs, weights),
            operatorCase.Name,
            leastNorm: LeastNorm(operatorCase));
    }

    private void AssertExact(OperatorCase operatorCase)
    {
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Integers);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Integers);
        Agreement.AssertExact(
            OperatorRunner.Run(_backend, operatorCase, inputs, weights),
            OperatorRunner.Run(_oracle, operatorCase, inputs, weights),
            operatorCase.Name);
    }

    /// <summary>A twentieth of what random products usually add up to: a small case's may happen to cancel out, and its error stays.</summary>
    private static double LeastNorm(OperatorCase operatorCase)
    {
        double depth = operatorCase.KernelCount / (double)operatorCase.Output.Channels;
        return Math.Max(1e-3, Math.Sqrt(operatorCase.Output.Count * operatorCase.Batch * depth) / 20);
    }
}
