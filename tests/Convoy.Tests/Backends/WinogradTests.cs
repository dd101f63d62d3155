using Convoy.Backends.Reference;
using Convoy.Tests.Cases;
using CsCheck;

namespace Convoy.Tests.Backends;

/// <summary>Convolution by Winograd's algorithm with so many points an axis, against the oracle, whatever the backend.</summary>
public abstract class WinogradTests(int points)
{
    private readonly ReferenceBackend _oracle = new();

    private static IEnumerable<OperatorCase> Networks => NetworkCases.All.Where(each => each.Layer is Convolution2D);

    private static IEnumerable<OperatorCase> Edges => EdgeCases.All.Where(each => each.Layer is Convolution2D);

    /// <summary>Points an axis, infinity apart.</summary>
    protected int Points => points;

    /// <summary>Random cases of each kind.</summary>
    protected virtual int RandomCount => 60;

    [OneTimeTearDown]
    public void CloseOracle() => _oracle.Dispose();

    [TestCaseSource(nameof(Networks))]
    public void Convolutions_of_both_networks_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase, leastNorm: 0);

    [TestCaseSource(nameof(Edges))]
    public void Edge_shapes_agree_with_the_oracle(OperatorCase operatorCase) => AssertAgrees(operatorCase);

    [Test]
    public void Random_convolutions_agree_with_the_oracle() => TiledCases.Random.Sample(AssertAgrees, iter: RandomCount, threads: 1);

    [Test]
    public void Random_convolutions_of_any_kind_agree_with_the_oracle() => RandomCases.Convolution.Sample(AssertAgrees, iter: RandomCount, threads: 1);

    /// <summary>Every backend that a layer is to be tried on.</summary>
    private protected abstract IEnumerable<IBackend> BackendsFor(Convolution2D layer);

    /// <summary>Whether a step's algorithm is named as it ought to be, where so many points apply and where they do not.</summary>
    protected abstract bool HasName(string algorithm, bool applies);

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
        float[] expected = OracleAnswers.Get(_oracle, operatorCase, inputs, weights);
        foreach (IBackend backend in BackendsFor((Convolution2D)operatorCase.Layer))
        {
            (float[] output, OperatorDescription description) = OperatorRunner.RunAndDescribe(backend, operatorCase, inputs, weights);
            AssertIsUsed(operatorCase, description);
            double error = Agreement.RelativeError(output, expected, leastNorm);
            Assert.That(error, Is.LessThanOrEqualTo(description.ErrorBound.GetValueOrDefault()), operatorCase.Name);
        }
    }

    /// <summary>What cannot be computed so is computed directly; nothing else is.</summary>
    private void AssertIsUsed(OperatorCase operatorCase, OperatorDescription description)
    {
        bool applies = TiledCases.Applies((Convolution2D)operatorCase.Layer, points);
        Assert.That(HasName(description.Algorithm, applies), Is.True, $"{description.Algorithm}: {operatorCase.Name}");
        Assert.That(description.Choice, Is.EqualTo(applies ? "asked for" : $"winograd{points} was asked for, and does not apply"));
    }
}
