using Convoy.Backends.OpenCL.Verification;
using Convoy.Backends.Reference;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>Which weights a check of a kernel says something by: only what would have shown a wrong sum vouches for the kernel.</summary>
public sealed class RegionOracleTests
{
    private static readonly OperatorCase Convolution = EdgeCases.Convolution("conv", [3, 6, 6], 8, 3, activation: Activation.Relu6);

    [TestCase(1, 0, ExpectedResult = true)]
    [TestCase(0, 0, ExpectedResult = false, Description = "No sum.")]
    [TestCase(0, 1, ExpectedResult = false, Description = "No sum beside a bias.")]
    [TestCase(1e-7f, 1, ExpectedResult = false, Description = "A sum that is lost beside a bias.")]
    [TestCase(1, 1000, ExpectedResult = false, Description = "Saturated whatever the sum is.")]
    [TestCase(float.NaN, 0, ExpectedResult = false)]
    public bool Sums_tell_where_others_would_have_shown(float kernel, float bias) => IsTelling(Convolution, kernel, bias);

    [TestCase(1, ExpectedResult = true)]
    [TestCase(0, ExpectedResult = false, Description = "All results are alike.")]
    [TestCase(float.NaN, ExpectedResult = false)]
    public bool Other_results_tell_where_they_differ_and_are_finite(float scale) =>
        IsTelling(new OperatorCase("norm", new InstanceNormalization(), [Shape.Image(3, 6, 6)]), scale, bias: 0);

    private static bool IsTelling(OperatorCase operatorCase, float kernel, float bias)
    {
        StepWeights random = OperatorRunner.Weights(operatorCase, TestData.Reals);
        var weights = new StepWeights(
            random.Kernel.ToArray().Select(each => each * kernel).ToArray(),
            Enumerable.Repeat(bias, operatorCase.BiasCount).ToArray(),
            random.Slopes);
        var region = new RegionOracle(new ReferenceOracle(), operatorCase.ToGraph().Steps, [weights], null);
        double[] image = Array.ConvertAll(OperatorRunner.Inputs(operatorCase, TestData.Reals)[0], number => (double)number);
        region.Compute(new Dictionary<int, double[]> { [0] = image }, [.. Enumerable.Range(0, 20)]);
        return region.IsTelling;
    }
}
