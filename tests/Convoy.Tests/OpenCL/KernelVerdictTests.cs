using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Verification;
using Convoy.Backends.Reference;
using Silk.NET.OpenCL;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Drivers that compute wrongly, each made up of the one there is by altering what it compiles: no session returns a wrong score
/// unless it was told to trust the device. What is wrong is replaced where there is another form of it, and refused elsewhere.
/// </summary>
public sealed class KernelVerdictTests : OpenClFixture
{
    private const int Images = 3;

    private static readonly Network Network = new NetworkBuilder("checked", Shape.Image(3, 9, 8))
        .Convolution("stem", 8, 3, padding: 1)
        .Relu("stem.relu")
        .MaxPool("pool", 2, stride: 2)
        .Convolution("next", 6, 3, padding: 1)
        .Tanh("next.tanh")
        .AveragePool("pool2", 2, stride: 1)
        .LocalResponseNormalization("lrn", 3)
        .FullyConnected("fc", 7)
        .Softmax("prob")
        .Build();

    private WeightSet _weights = null!;
    private float[] _images = null!;
    private float[] _expected = null!;
    private TemporaryFolder _folder = null!;

    // A tenth of a percent more than right, in sums or results; a window that lacks a column; a pixel that is another's.
    private static IEnumerable<TestCaseData> Mendable =>
    [
        Case("direct_convolution.cl", "sums[i] + shift", "sums[i] * 1.001f + shift", "stem", "implicit gemm"),
        Case("convolution.cl", "totals[r] += sums[r];", "totals[r] += sums[r] * (TILE_CHANNELS > 4 ? 1.001f : 1.0f);", "next", "winograd"),
        Case("convolution.cl", "totals[r] += sums[r];", "totals[r] += sums[r] * (TILE_CHANNELS > 4 ? 1.001f : 1.0f);", "fc", "implicit gemm"),
        Case("pool.cl", "end_column = min(right, shape.width);", "end_column = min(right, shape.width) - (VECTOR > 4);", "pool2", "simple"),
        Case("pool.cl", "", "", "pool2", "simple", "#if VECTOR > 4"),
    ];

    private static IEnumerable<TestCaseData> Hopeless =>
    [
        new("pointwise.cl", "out[c] /= sum;", "out[c] /= sum * 1.001f;", "Layer 'prob'", "softmax"),
        new("transform.cl", "image + c * pixels + pixel];", "image + c * pixels + (pixel ^ 1)];", "The network", "nchw_to_nhwc"),
        new("convolution.cl", "totals[r] += sums[r];", "totals[r] += sums[r] * 1.001f;", "Layer 'fc'", "convolution"),
    ];

    [OneTimeSetUp]
    public void ComputeByTheOracle()
    {
        _weights = WeightSet.Random(Network, 1);
        _images = TestData.Reals(Images * (int)Network.Input.Shape.Count, 2);
        _expected = new float[Images * Network.Output.Shape.Count];
        using InferenceSession oracle = Network.Compile(Device.Reference, _weights);
        oracle.Run(_images, _expected);
    }

    [OneTimeTearDown]
    public void LetGo() => _weights?.Dispose();

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [TestCaseSource(nameof(Mendable))]
    public void What_is_wrong_is_replaced(Alteration alteration, string layer, string instead)
    {
        FaultyClApi api = Altering(alteration);
        using InferenceSession session = Compile(api);
        Agreement.AssertClose(Run(session), _expected, "scores");
        StepInfo step = session.Steps.First(each => each.Name == layer);
        Assert.That(step.Algorithm, Does.Contain(instead));
        Assert.That(step.Choice, Does.Contain("since on this device"));

        using InferenceSession trusting = TryCompile(api, trusts: true, out string? error)!;
        Assert.That(error is not null || Distance(Run(trusting)) > 1e-5, "it would have been wrong");
    }

    [TestCaseSource(nameof(Hopeless))]
    public void What_nothing_replaces_is_refused_by_name(string file, string right, string wrong, string what, string kernel)
    {
        FaultyClApi api = Altering(new(file, right, wrong));
        Assert.That(TryCompile(api, trusts: false, out string? error), Is.Null);
        Assert.That(error, Does.StartWith($"{what}: on the device '{DeviceOf(api).Name}' the kernel '").And.Contains(kernel).And.Contains("errs by "));
        Assert.That(error, Does.Contain(DeviceOf(api).DriverVersion).And.Contains("--trust-device").And.EndsWith(".").And.Not.Contains("\n"));
        using InferenceSession trusting = Compile(api, trusts: true);
        Assert.That(Distance(Run(trusting)), Is.GreaterThan(1e-5), "wrong scores, as asked for");
    }

    [Test]
    public void A_chain_that_is_wrong_is_computed_layer_by_layer()
    {
        Network chain = new NetworkBuilder("chain", Shape.Image(3, 9, 8))
            .Convolution("conv", 6, 3, padding: 1)
            .Tanh("tanh")
            .AveragePool("pool", 2, stride: 2)
            .FullyConnected("fc", 7)
            .Softmax("prob")
            .Build();
        using WeightSet weights = WeightSet.Random(chain, 3);
        using InferenceSession oracle = chain.Compile(Device.Reference, weights);
        float[] expected = new float[Images * 7];
        float[] scores = new float[Images * 7];
        oracle.Run(_images, expected);
        foreach ((string right, string wrong) in new[] { ("result / count", "result / (count + 0.01f)"), ("i < length", "i < length - 1") })
        {
            FaultyClApi api = Altering(new Alteration("chain.cl", right, wrong));
            using InferenceSession session = TryCompile(api, trusts: false, out _, weights, chain)!;
            session.Run(_images, scores);
            Agreement.AssertClose(scores, expected, wrong);
            Assert.That(session.Steps[0].Choice, Does.StartWith("one by one, since on this device ").And.Contains("chain of ").And.Contains(" errs by "), wrong);
            using InferenceSession trusting = TryCompile(api, trusts: true, out _, weights, chain)!;
            trusting.Run(_images, scores);
            Assert.That(Agreement.RelativeError(scores, expected), Is.GreaterThan(1e-5), "it would have been wrong");
        }
    }

    [Test]
    public void A_form_is_checked_once_and_again_with_another_driver()
    {
        Assert.That(CountChecks(new FaultyClApi(Api) { ChoosesGroups = true }), Is.Positive, "the first time");
        Assert.That(CountChecks(new FaultyClApi(Api) { ChoosesGroups = true }), Is.Zero, "as it is kept");
        Assert.That(CountChecks(new FaultyClApi(Api) { ChoosesGroups = true, Words = new Dictionary<DeviceInfo, string> { [DeviceInfo.DriverVersion] = "99.9" } }), Is.Positive, "with another driver");
        _folder.Write(KernelVerdictFile.FileName, "{ not what it should be");
        Assert.That(CountChecks(new FaultyClApi(Api) { ChoosesGroups = true }), Is.Positive, "with a damaged file");
    }

    [Test]
    public void What_was_wrong_before_is_replaced_without_being_run()
    {
        var alteration = new Alteration("pool.cl", "end_column = min(right, shape.width);", "end_column = min(right, shape.width) - (VECTOR > 4);");
        Assert.That(CountChecks(Altering(alteration)), Is.Positive);
        FaultyClApi api = Altering(alteration);
        Assert.That(CountChecks(api), Is.Zero);
        using InferenceSession session = Compile(api);
        Agreement.AssertClose(Run(session), _expected, "scores");
    }

    [Test]
    public void Weights_that_tell_nothing_refuse_no_device_and_vouch_for_none()
    {
        foreach (float weight in new[] { 0, float.NaN, float.PositiveInfinity, 1e35f })
        {
            using var weights = WeightSet.FromTensors("made up", _weights.Tensors.Select(tensor =>
            {
                var numbers = new float[tensor.Shape.Count];
                tensor.CopyTo(numbers);
                numbers.AsSpan(0, weight == 0 ? numbers.Length : 1).Fill(weight);
                return (tensor.Name, tensor.Shape, numbers);
            }));
            using InferenceSession? session = TryCompile(new FaultyClApi(Api) { ChoosesGroups = true }, trusts: false, out string? error, weights);
            Assert.That(error, Is.Null, $"{weight}");
        }

        Assert.That(CountChecks(new FaultyClApi(Api) { ChoosesGroups = true }), Is.Positive, "what was not found out");
    }

    private static TestCaseData Case(string file, string right, string wrong, string layer, string instead, string? guard = null) =>
        new TestCaseData(new Alteration(file, right, wrong, guard), layer, instead).SetArgDisplayNames(file, guard ?? "", layer);

    private FaultyClApi Altering(Alteration alteration) => new(Api) { Compiles = alteration.Apply, ChoosesGroups = true };

    private static ClDevice DeviceOf(FaultyClApi api) => ClPlatform.All(api, _ => { }).SelectMany(platform => platform.Devices).First();

    /// <summary>Kernels that were run while a session was made.</summary>
    private int CountChecks(FaultyClApi api)
    {
        using InferenceSession session = Compile(api);
        return api.Calls.Count(call => call == nameof(ClApi.EnqueueNdRangeKernel));
    }

    private InferenceSession Compile(FaultyClApi api, bool trusts = false)
    {
        InferenceSession? session = TryCompile(api, trusts, out string? error);
        Assert.That(error, Is.Null);
        return session!;
    }

    /// <summary>A session of a process of its own, as far as what is known of the device goes; null where there is none, and why.</summary>
    private InferenceSession? TryCompile(FaultyClApi api, bool trusts, out string? error, WeightSet? weights = null, Network? network = null)
    {
        ClDevice device = DeviceOf(api);
        var verdicts = new KernelVerdicts(device, new KernelVerdictFile(_folder.Root));
        var compiled = new Device(
            "opencl:0",
            device.Name,
            device.ComputeUnits,
            null,
            options => new OpenClBackend(
                device, new SharedContext(device), options: new() { Convolutions = options.ConvolutionAlgorithm }, trial: options.TrustDevice ? null : new KernelTrial(verdicts, new ReferenceOracle())));
        try
        {
            error = null;
            return (network ?? Network).Compile(compiled, weights ?? _weights, new SessionOptions { BatchSize = Images, TrustDevice = trusts });
        }
        catch (ConvoyException e)
        {
            error = e.Message;
            return null;
        }
    }

    private float[] Run(InferenceSession session)
    {
        var scores = new float[_expected.Length];
        session.Run(_images, scores);
        return scores;
    }

    private double Distance(float[] scores) => Agreement.RelativeError(scores, _expected);

    /// <summary>What a driver makes of a kernel file.</summary>
    /// <param name="File">The file.</param>
    /// <param name="Right">What stands there.</param>
    /// <param name="Wrong">What it takes it for.</param>
    /// <param name="Guard">Where it does, a line of the preprocessor's; everywhere where it is null.</param>
    public sealed record Alteration(string File, string Right, string Wrong, string? Guard = null)
    {
        internal string Apply(string source)
        {
            if (!source.StartsWith($"#line 1 \"{File}\"", StringComparison.Ordinal))
            {
                return source;
            }

            Assert.That(source, Does.Contain(Right));
            return Guard is null ? source.Replace(Right, Wrong, StringComparison.Ordinal) : $"{Guard}\n#error not by this compiler\n#endif\n{source}";
        }
    }
}
