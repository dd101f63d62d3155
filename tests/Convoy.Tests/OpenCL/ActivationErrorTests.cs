using Convoy.Backends.OpenCL;
using Convoy.Backends.Reference;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Every activation over the whole range of floats, by itself (numbers) and fused (vectors), on every device: each row's error
/// bound holds, and NaN stays NaN.
/// </summary>
[TestFixtureSource(typeof(DeviceForms), nameof(DeviceForms.Fixtures))]
public sealed class ActivationErrorTests(int index, string device, bool asGpu)
{
    private const int Slopes = 17;
    private static readonly float[] Numbers = [.. Special, .. Swept, .. Dense];
    private static readonly float[] SlopesOfChannels = [.. Enumerable.Range(0, Slopes).Select(c => (c - 8) / 8f)];

    private OpenClBackend _backend = null!;

    private static IEnumerable<Activation> Functions =>
    [
        .. Enum.GetValues<ActivationKind>().Where(kind => kind is not (ActivationKind.None or ActivationKind.LeakyRelu or ActivationKind.Clip
            or ActivationKind.HardSigmoid or ActivationKind.Elu or ActivationKind.Selu)).Select(kind => new Activation(kind)),
        Activation.LeakyRelu(),
        Activation.Relu6,
        Activation.Clip(-0.1f, float.PositiveInfinity),
        Activation.HardSigmoid(),
        Activation.Elu(1.7f),
        Activation.Selu(),
    ];

    private static float[] Special =>
    [
        0, -0f, 1, -1, 3, -3, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -float.Epsilon,
    ];

    /// <summary>Every power of two a float has, and numbers between.</summary>
    private static IEnumerable<float> Swept =>
        from exponent in Enumerable.Range(-149, 277)
        from mantissa in new[] { 1f, 1.3f, 1.9999999f }
        from sign in new[] { -1, 1 }
        select sign * MathF.ScaleB(mantissa, exponent);

    private static IEnumerable<float> Dense => Enumerable.Range(0, 24_000).Select(i => (i - 12_000) / 113f);

    [OneTimeSetUp]
    public void OpenBackend() => _backend = DeviceForms.Open(index, device, asGpu, ConvolutionAlgorithm.Direct, "implicit gemm");

    [OneTimeTearDown]
    public void CloseBackend() => _backend?.Dispose();

    [Test]
    public void Every_activation_is_tried() =>
        Assert.That(Functions.Select(each => each.Kind).Append(ActivationKind.None).Distinct(), Is.EquivalentTo(Enum.GetValues<ActivationKind>()));

    [TestCaseSource(nameof(Functions))]
    public void An_activation_of_its_own_errs_no_more_than_its_row_says(Activation function)
    {
        // A pixel a number, so that each meets every slope.
        int channels = function.HasSlopes ? Slopes : 1;
        float[] inputs = [.. Enumerable.Range(0, channels).SelectMany(_ => Numbers)];
        AssertHolds(function, new OperatorCase($"{function}", new ActivationLayer(function), [Shape.Image(channels, 1, Numbers.Length)]), inputs, default, channels);
    }

    [TestCaseSource(nameof(Functions))]
    public void An_activation_behind_a_convolution_errs_no_more_than_its_row_says(Activation function)
    {
        // Filters of one pixel and weight: what they compute is their input.
        var layer = new Convolution2D(Slopes, 1, 1, 0, 1, HasBias: false);
        AssertHolds(function, new OperatorCase($"{function}", layer, [Shape.Image(1, 1, Numbers.Length)], function), Numbers, [.. Enumerable.Repeat(1f, Slopes)], Slopes);
    }

    // Where a definition multiplies infinity by 0, its limit.
    private static double Exact(Activation function, float number, float slope) =>
        float.IsNegativeInfinity(number) && function.Kind is (ActivationKind.HardSwish or ActivationKind.Gelu or ActivationKind.GeluTanh)
            ? 0
            : ReferenceActivations.Select("some layer", function, slope)(number);

    private void AssertHolds(Activation function, OperatorCase operatorCase, float[] inputs, float[]? kernel, int channels)
    {
        KernelActivation row = KernelActivation.All.Single(each => each.Kind == function.Kind);
        var weights = new StepWeights(kernel, default, function.HasSlopes ? SlopesOfChannels : default);
        float[] found = OperatorRunner.Run(_backend, operatorCase, [inputs], weights);
        double[] exact =
        [
            .. from channel in Enumerable.Range(0, channels)
               from number in Numbers
               select Exact(function, number, SlopesOfChannels[channel]),
        ];
        new ErrorBound(row.Ulps, row.Absolute).AssertHolds(found, exact, i => $"{function} of {Numbers[i % Numbers.Length]:R} in channel {i / Numbers.Length}");
    }
}
