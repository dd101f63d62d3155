namespace Convoy.Tests.Runtime;

/// <summary>Additions that the native device leaves to the convolution before: which those are, and that no bit depends on it.</summary>
public sealed class ResidualTests
{
    private const int Images = 7;

    /// <summary>Networks, each with the steps that it becomes when convolutions are direct.</summary>
    private static IEnumerable<TestCaseData> Cases =>
    [
        Case("conv+relu, conv+add+relu", Block("the residual first").Add("sum", "a.relu", "bn").Relu("out")),
        Case("conv+relu, conv+add+relu", Block("the residual second").Add("sum", "bn", "a.relu").Relu("out")),
        Case("conv+relu, conv+add", Block("no activation").Dropout("drop", 0.5f).Add("sum", "drop", "a.relu")),
        Case("conv+relu, conv+add+clip", Block("clip").Add("sum", "bn", "a.relu").Clip("out", -0.1f, 0.3f)),
        Case("conv+relu, conv+add+prelu", Block("slopes").Add("sum", "bn", "a.relu").ParametricRelu("out")),
        Case("conv+relu, conv+add+tanh, maxpool", Block("pooled").Add("sum", "bn", "a.relu").Tanh("out").MaxPool("pool", 3, 2)),
        Case("conv+relu, conv, conv+add+relu", Block("the later of two").From("input").Convolution("c", 8, 1).Add("sum", "bn", "c").Relu("out")),
        Case("conv+relu, conv+add, conv+add, concat", Block("additions further on").From("a.relu").Convolution("c", 8, 1)
            .Add("sum", "bn", "a.relu").Add("other", "c", "a.relu").Concat("out", "sum", "other")),
        Case("conv+add", new NetworkBuilder("the input itself", Shape.Image(5, 9, 9)).Convolution("a", 5, 3, padding: 1).Add("sum", "a", "input")),
        Case("conv, conv+add", new NetworkBuilder("strided", Shape.Image(3, 17, 15))
            .Convolution("a", 8, 5, stride: 2).From("input").Convolution("b", 8, 5, stride: 2).Add("sum", "a", "b")),
        Case("conv+relu, conv, add", Block("itself").Add("sum", "bn", "bn")),
        Case("conv+relu, conv, add, concat", Block("read by others too").Add("sum", "bn", "a.relu").Concat("out", "sum", "bn")),
        Case("conv+relu, conv, maxpool, add+relu", Block("computed later").From("a.relu").MaxPool("c", 3, 1, padding: 1).Add("sum", "bn", "c").Relu("out")),
        Case("conv+relu, conv+relu, add", Block("an activation between").Relu("b.relu").Add("sum", "b.relu", "a.relu")),
        Case("conv+relu, globalpool, conv, add", Block("broadcast", pooled: true).Add("sum", "bn", "mean")),
        Case("conv+relu, conv, subtract", Block("a difference").Subtract("sum", "bn", "a.relu")),
        Case("conv+relu, conv, add", new NetworkBuilder("depthwise", Shape.Image(3, 9, 9))
            .Convolution("a", 16, 3, padding: 1, activation: Activation.Relu).Convolution("b", 16, 3, padding: 1, groups: 16).Add("sum", "b", "a.relu")),
        Case("conv+prelu, maxpool", new NetworkBuilder("slopes before a pooling", Shape.Image(3, 12, 12))
            .Convolution("a", 16, 3, padding: 1).ParametricRelu("prelu").MaxPool("pool", 2, 2)),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Additions_behind_convolutions_are_theirs_where_they_can_be(NetworkBuilder builder, string steps)
    {
        Network network = builder.Build();
        using WeightSet weights = WeightSet.Random(network, 5);
        using InferenceSession session = Compile(network, weights, new SessionOptions { BatchSize = 3 });
        Assert.That(string.Join(", ", session.Steps.Select(step => step.Op)), Is.EqualTo(steps));
    }

    /// <summary>Asked for all layers, a session fuses nothing but normalisations: so the bits are those of additions by themselves.</summary>
    [TestCaseSource(nameof(Cases))]
    public void They_agree_with_the_reference_and_have_the_bits_of_additions_by_themselves(NetworkBuilder builder, string steps)
    {
        Network network = builder.Build();
        HashSet<Node> folded = [.. network.Nodes.Where(node => node.Layer is BatchNormalization).SelectMany(node => node.Inputs)];
        Network whole = builder.Build([.. network.Nodes.Where(node => node != network.Input && !folded.Contains(node)).Select(node => node.Name)]);
        using WeightSet weights = WeightSet.Random(network, 5);
        float[] images = TestData.Reals((int)network.Input.Shape.Count * Images, 9);
        float[] expected = Run(network, Device.Reference, weights, images, new SessionOptions())[0];
        foreach (ConvolutionAlgorithm algorithm in new[] { ConvolutionAlgorithm.Direct, ConvolutionAlgorithm.Winograd6 })
        {
            SessionOptions options = Options with { BatchSize = Images, ConvolutionAlgorithm = algorithm };
            float[] actual = Run(network, Device.Native, weights, images, options)[0];
            Agreement.AssertClose(actual, expected, $"{network.Name} ({steps}), {algorithm}");
            Assert.That(Run(whole, Device.Native, weights, images, options)[^1].AsSpan().SequenceEqual(actual), $"{algorithm}, against every layer by itself");
            foreach ((int batch, int threads) in new[] { (1, 1), (3, 2), (2, 4) })
            {
                Assert.That(
                    Run(network, Device.Native, weights, images, options with { BatchSize = batch, Threads = threads })[0].AsSpan().SequenceEqual(actual),
                    $"{algorithm}, batch {batch}, {threads} threads");
            }
        }
    }

    [TestCase("bn", "conv+relu, conv, add+relu")]
    [TestCase("sum", "conv+relu, conv+add, relu")]
    public void An_output_in_the_middle_is_its_own(string middle, string steps)
    {
        NetworkBuilder builder = Block("outputs").Add("sum", "bn", "a.relu").Relu("out");
        Network network = builder.Build(["out", middle]);
        using WeightSet weights = WeightSet.Random(network, 5);
        float[] images = TestData.Reals((int)network.Input.Shape.Count * Images, 9);
        using InferenceSession session = Compile(network, weights, new SessionOptions { BatchSize = 3 });
        Assert.That(string.Join(", ", session.Steps.Select(step => step.Op)), Is.EqualTo(steps));
        float[][] actual = Run(network, Device.Native, weights, images, Options with { BatchSize = 3 });
        float[][] expected = Run(network, Device.Reference, weights, images, new SessionOptions());
        Agreement.AssertClose(actual[0], expected[0], "out");
        Agreement.AssertClose(actual[1], expected[1], middle);
    }

    /// <summary>Maps of 2 MB an image: a batch passes in micro-batches, and what is added stays where it is until then.</summary>
    [Test]
    public void Micro_batches_add_what_is_theirs()
    {
        const int Count = 30;
        Network network = new NetworkBuilder("large maps", Shape.Image(2, 64, 64))
            .Convolution("a", 32, 1, activation: Activation.Relu)
            .Convolution("b", 32, 1)
            .Add("sum", "b", "a.relu").Relu("out").GlobalAveragePool("mean")
            .Build();
        using WeightSet weights = WeightSet.Random(network, 5);
        float[] images = TestData.Reals((int)network.Input.Shape.Count * Count, 9);
        using (InferenceSession session = Compile(network, weights, new SessionOptions { BatchSize = Count }))
        {
            StepInfo adding = session.Steps[1];
            Assert.That((adding.Op, adding.Name), Is.EqualTo(("conv+add+relu", "b")));
            Assert.That(adding.Layers, Is.EqualTo(new[] { "b", "sum" }));
            Assert.That(adding.FeatureMapBytes, Is.EqualTo(3 * 32 * 64 * 64 * sizeof(float)), "its input, the residual, and its output");
            Assert.That(session.ArenaBytes, Is.LessThan(Count * 2L * 32 * 64 * 64 * sizeof(float)), "less than two maps of the batch");
        }

        float[] expected = Run(network, Device.Native, weights, images, Options with { BatchSize = 1 })[0];
        float[] actual = Run(network, Device.Native, weights, images, Options with { BatchSize = Count, Threads = 2 })[0];
        Assert.That(actual.AsSpan().SequenceEqual(expected));
    }

    private static SessionOptions Options => new() { AllowChains = false, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct };

    /// <summary>Two convolutions, the second with a normalisation to fold: what an addition follows.</summary>
    private static NetworkBuilder Block(string name, bool pooled = false)
    {
        NetworkBuilder builder = new NetworkBuilder(name, Shape.Image(5, 9, 9)).Convolution("a", 8, 3, padding: 1, activation: Activation.Relu);
        builder = pooled ? builder.GlobalAveragePool("mean").From("a.relu") : builder;
        return builder.Convolution("b", 8, 3, padding: 1, bias: false).BatchNormalization("bn");
    }

    private static TestCaseData Case(string steps, NetworkBuilder builder) => new TestCaseData(builder, steps).SetArgDisplayNames(builder.Build().Name);

    private static InferenceSession Compile(Network network, WeightSet weights, SessionOptions options) =>
        network.Compile(Device.Native, weights, Options with { BatchSize = options.BatchSize });

    private static float[][] Run(Network network, Device device, WeightSet weights, float[] images, SessionOptions options)
    {
        using InferenceSession session = network.Compile(device, weights, options);
        float[][] outputs = [.. network.Outputs.Select(output => new float[images.Length / network.Input.Shape.Count * output.Shape.Count])];
        session.Run(images, (ReadOnlySpan<Memory<float>>)[.. outputs.Select(output => output.AsMemory())]);
        return outputs;
    }
}
