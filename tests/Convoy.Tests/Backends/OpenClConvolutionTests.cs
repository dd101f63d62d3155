using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Convolutions;
using Convoy.Backends.Reference;
using Convoy.Tests.Cases;
using Convoy.Tests.OpenCL;
using CsCheck;

namespace Convoy.Tests.Backends;

/// <summary>
/// Whatever the direct convolution kernel can take, on both kernels, with a core's tiles and a GPU's; with the pooling that
/// it does as it stores; and a filter for each channel.
/// </summary>
[TestFixture(false)]
[TestFixture(true)]
public sealed class OpenClConvolutionTests(bool asGpu) : OpenClFixture
{
    private const int RandomCount = 25;
    private readonly ReferenceBackend _oracle = new();

    private static IEnumerable<OperatorCase> DirectCases => NetworkCases.All.Concat(EdgeCases.All).Where(CanBeDirect);

    private static IEnumerable<OperatorCase> DepthwiseCases =>
    [
        .. EdgeCases.All.Where(each => each.Layer is Convolution2D layer && layer.Groups == each.Inputs[0].Channels && layer.Groups == layer.Filters && layer.Groups > 1),
        EdgeCases.Convolution("depthwise: stride 2, same padding", [32, 15, 14], 32, 3, stride: 2, padding: Padding.Same, groups: 32, activation: Activation.Relu6),
        EdgeCases.Convolution("depthwise: dilated columns and rows", [17, 19, 23], 17, 3, padding: new Padding(1, 5, 0, 2), dilation: new Extent2D(2, 3), groups: 17),
        EdgeCases.Convolution("depthwise: 5 x 5, more padding than kernel", [9, 4, 3], 9, 5, padding: 6, groups: 9),
        EdgeCases.Convolution("depthwise: one row, wide", [6, 1, 40], 6, new Extent2D(1, 7), stride: 3, groups: 6),
        EdgeCases.Convolution("depthwise: two channels, one pixel", [2, 3, 3], 2, 3, groups: 2),
    ];

    private static IEnumerable<OperatorCase> PooledCases =>
    [
        Pooled(PoolKind.Average, EdgeCases.Convolution("LeNet-5's conv1", [1, 32, 32], 6, 5, activation: Activation.Tanh)),
        Pooled(PoolKind.Average, EdgeCases.Convolution("average, a column and a row left over", [3, 9, 11], 17, 3)),
        Pooled(PoolKind.Max, EdgeCases.Convolution("maximum, many filters, padding", [2, 14, 31], 70, 3, padding: new Padding(1, 2, 0, 1), activation: Activation.Relu)),
        Pooled(PoolKind.Max, EdgeCases.Convolution("maximum, stride and dilated rows", [4, 31, 40], 9, 3, stride: 2, dilation: new Extent2D(2, 1))),
        Pooled(PoolKind.Max, EdgeCases.Convolution("one window", [3, 4, 5], 4, 3)),
        Pooled(PoolKind.Average, EdgeCases.Convolution("windows of one pixel", [1, 7, 7], 5, 2)) with { Pool = new Pool2D(PoolKind.Average, 1, 1, default) },
    ];

    [OneTimeTearDown]
    public void CloseOracle() => _oracle.Dispose();

    [TestCaseSource(nameof(DirectCases))]
    public void Both_kernels_agree_with_the_oracle(OperatorCase operatorCase)
    {
        using OpenClBackend direct = CreateBackend("direct");
        using OpenClBackend gemm = CreateBackend("implicit gemm");
        AssertAgrees(direct, "direct ", operatorCase);
        AssertAgrees(gemm, "implicit gemm ", operatorCase);
    }

    [TestCaseSource(nameof(DepthwiseCases))]
    public void A_filter_for_each_channel_agrees_with_the_oracle(OperatorCase operatorCase)
    {
        using OpenClBackend depthwise = CreateBackend("depthwise");
        AssertAgrees(depthwise, "depthwise ", operatorCase);
    }

    [Test]
    public void Random_convolutions_of_few_channels_agree_with_the_oracle()
    {
        using OpenClBackend direct = CreateBackend("direct");
        using OpenClBackend gemm = CreateBackend("implicit gemm");
        RandomCases.FirstConvolution.Where(CanBeDirect).Sample(
            operatorCase =>
            {
                AssertAgrees(direct, "direct ", operatorCase);
                AssertAgrees(gemm, "implicit gemm ", operatorCase);
            },
            iter: RandomCount,
            threads: 1);
    }

    [TestCaseSource(nameof(PooledCases))]
    public void A_convolution_that_pools_agrees_with_the_oracle_s_two_layers(OperatorCase operatorCase)
    {
        using OpenClBackend backend = CreateBackend("direct");
        Assert.That(PoolsAtOnce(backend, operatorCase));
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Reals);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        Agreement.AssertClose(
            OperatorRunner.Run(backend, operatorCase, inputs, weights), OracleInTwoSteps(operatorCase, inputs, weights), operatorCase.Name);
    }

    [TestCase(PoolKind.Max)]
    [TestCase(PoolKind.Average)]
    public void NaN_goes_through_the_pooling_of_a_convolution(PoolKind kind)
    {
        OperatorCase operatorCase = Pooled(kind, EdgeCases.Convolution("NaN", [1, 8, 8], 3, 1));
        using OpenClBackend backend = CreateBackend("direct");
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Integers);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Integers);
        for (int i = 0; i < 4; i++)
        {
            // One in each corner of a window, each in a window of its own.
            inputs[0][(((2 * i) + (i / 2)) * 8) + (2 * i) + (i % 2)] = float.NaN;
        }

        Agreement.AssertExact(
            OperatorRunner.Run(backend, operatorCase, inputs, weights), OracleInTwoSteps(operatorCase, inputs, weights), operatorCase.Name);
    }

    [Test]
    public void Pooling_is_taken_only_where_windows_lie_side_by_side_behind_a_direct_convolution()
    {
        using OpenClBackend backend = CreateBackend(null);
        using OpenClBackend gemm = CreateBackend("implicit gemm");
        OperatorCase taken = Pooled(PoolKind.Max, EdgeCases.Convolution("taken", [3, 16, 16], 8, 3));
        OperatorCase manyChannels = Pooled(PoolKind.Max, EdgeCases.Convolution("many channels", [5, 16, 16], 8, 3));
        var pool = new Pool2D(PoolKind.Max, 2, 2, default);
        Assert.Multiple(() =>
        {
            Assert.That(PoolsAtOnce(backend, taken with { Pool = pool }), Is.True, "2 x 2");
            Assert.That(PoolsAtOnce(gemm, taken with { Pool = pool }), Is.False, "implicit GEMM");
            Assert.That(PoolsAtOnce(backend, manyChannels with { Pool = pool }), Is.False, "many channels");
            Assert.That(PoolsAtOnce(backend, taken with { Pool = pool with { Kernel = 3 } }), Is.False, "overlapping");
            Assert.That(PoolsAtOnce(backend, taken with { Pool = pool with { Kernel = 3, Stride = 3 } }), Is.False, "3 x 3");
            Assert.That(PoolsAtOnce(backend, taken with { Pool = pool with { Kernel = new Extent2D(1, 2), Stride = new Extent2D(1, 2) } }), Is.False, "1 x 2");
            Assert.That(PoolsAtOnce(backend, taken with { Pool = pool with { Padding = 1 } }), Is.False, "padded");
            Assert.That(PoolsAtOnce(backend, taken with { Pool = pool with { CeilMode = true } }), Is.False, "ceil mode");
            Assert.That(PoolsAtOnce(backend, taken with { Pool = pool with { Dilation = 2 } }), Is.False, "dilated");
        });
    }

    [TestCase("conv: 17 filters", ExpectedResult = "direct")]
    [TestCase("conv: 1 x 1 image", ExpectedResult = "implicit gemm", Description = "One pixel a row.")]
    [TestCase("conv: odd channels", ExpectedResult = "implicit gemm", Description = "Seven channels.")]
    [TestCase("conv: 2 groups", ExpectedResult = "implicit gemm")]
    [TestCase("conv: dilation 2 x 3", ExpectedResult = "implicit gemm")]
    [TestCase("conv: depthwise", ExpectedResult = "depthwise")]
    [TestCase("conv: depthwise, dilated, strided", ExpectedResult = "implicit gemm", Description = "Two filters a channel.")]
    public string The_algorithm_suits_the_layer(string name)
    {
        using OpenClBackend backend = CreateBackend(null);
        OperatorCase operatorCase = EdgeCases.All.First(each => each.Name == name);
        string algorithm = OperatorRunner.Describe(backend, operatorCase, OperatorRunner.Weights(operatorCase, TestData.Reals)).Algorithm;
        return algorithm.Split(' ')[0] is ("direct" or "depthwise") and var word ? word : string.Join(' ', algorithm.Split(' ')[..2]);
    }

    private static bool PoolsAtOnce(OpenClBackend backend, OperatorCase operatorCase) => backend.Partition(operatorCase.ToGraph(), operatorCase.Batch).Length == 1;

    private static bool CanBeDirect(OperatorCase operatorCase) =>
        operatorCase.Layer is Convolution2D layer && DirectConvolutionGeometry.CanTake(layer, operatorCase.Inputs[0].Channels);

    private static OperatorCase Pooled(PoolKind kind, OperatorCase convolution) =>
        convolution with { Name = $"pooled: {convolution.Name}", Pool = new Pool2D(kind, 2, 2, default) };

    private float[] OracleInTwoSteps(OperatorCase operatorCase, float[][] inputs, StepWeights weights)
    {
        OperatorCase convolution = operatorCase with { Pool = null };
        var pool = new OperatorCase("pool", operatorCase.Pool!, [convolution.Output], Batch: operatorCase.Batch);
        return OperatorRunner.Run(_oracle, pool, [OperatorRunner.Run(_oracle, convolution, inputs, weights)], default);
    }

    private OpenClBackend CreateBackend(string? only)
    {
        DeviceTraits traits = DeviceTraits.Of(AnyDevice);
        return new OpenClBackend(
            AnyDevice, asGpu ? traits with { IsCpu = false, VectorWidth = 4, SharesHostMemory = false } : traits, options: new() { Only = only });
    }

    private void AssertAgrees(OpenClBackend backend, string algorithm, OperatorCase operatorCase)
    {
        float[][] inputs = OperatorRunner.Inputs(operatorCase, TestData.Reals);
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        (float[] output, OperatorDescription description) = OperatorRunner.RunAndDescribe(backend, operatorCase, inputs, weights);
        string found = description.Algorithm;
        Assert.That(found, Does.StartWith(algorithm), operatorCase.Name);
        Assert.That(asGpu && algorithm == "direct " ? found : "local", Does.EndWith("local"), operatorCase.Name);

        Agreement.AssertClose(
            output,
            OracleAnswers.Get(_oracle, operatorCase, inputs, weights),
            operatorCase.Name);
    }
}
