using Convoy.Backends.Native;
using Convoy.Models;

namespace Convoy.Tests.Runtime;

/// <summary>Small networks computed as one step, images in lanes: what is claimed, and that it changes nothing but the speed.</summary>
public sealed class ChainTests
{
    private const int DigitLength = 32 * 32;

    private static IEnumerable<InstructionSet> InstructionSets =>
        Enum.GetValues<InstructionSet>().Where(each => each != InstructionSet.Auto && NativeLibraryState.Supports(each));

    /// <summary>Small networks that chains must get right, each with how many steps it becomes.</summary>
    private static IEnumerable<TestCaseData> SmallNetworks =>
    [
        Case(1, new NetworkBuilder("three channels, padded", Shape.Image(3, 12, 10))
            .Convolution("a", 9, 3, padding: 1, bias: false, activation: Activation.Relu).MaxPool("pool", 3, 2)
            .Convolution("b", 20, 3, stride: 2, padding: 2).BatchNormalization("bn").Relu("relu")
            .GlobalAveragePool("mean").FullyConnected("fc", 7).Softmax("prob")),
        Case(3, new NetworkBuilder("dilated", Shape.Image(2, 15, 15)).Convolution("a", 4, 3).MaxPool("pool", 2, 2, dilation: 3).FullyConnected("fc", 3)),
        Case(1, new NetworkBuilder("no weights", Shape.Image(2, 9, 9)).AveragePool("mean", 2, 2).MaxPool("max", 2, 2).Softmax("prob")),
        Case(3, new NetworkBuilder("partly", Shape.Image(1, 10, 10))
            .Convolution("a", 4, 3).AveragePool("mean", 2, 2).LocalResponseNormalization("norm", 3).Convolution("b", 5, 2).FullyConnected("fc", 3)),
        Case(3, new NetworkBuilder("residual", Shape.Image(1, 8, 8))
            .Convolution("a", 4, 3).Convolution("b", 4, 3, padding: 1).Convolution("c", 4, 3, padding: 1)
            .Add("sum", "b", "c").Convolution("d", 2, 3).FullyConnected("fc", 3)),
        Case(2, new NetworkBuilder("windows past the edge", Shape.Image(1, 9, 9))
            .MaxPool("max", 2, 2, ceilMode: true).Convolution("a", 4, 3).FullyConnected("fc", 3)),
    ];

    [Test]
    public void LeNet5_is_one_step_and_its_figures_are_sums()
    {
        Network network = LeNet5.Create();
        using InferenceSession session = Compile(network, new SessionOptions { BatchSize = 4 });
        using InferenceSession steps = Compile(network, new SessionOptions { BatchSize = 4, AllowChains = false });
        StepInfo chain = session.Steps.Single();
        Assert.That(chain.Layers, Is.EqualTo(new[] { "conv1", "pool1", "conv2", "pool2", "conv3", "fc1", "fc2", "prob" }));
        Assert.That(chain.Algorithm, Is.EqualTo($"images in lanes ({NativeLibraryState.InstructionSetName})"));
        Assert.That(steps.Steps, Has.Length.EqualTo(8));
        Assert.That(chain.MultiplyAdds, Is.EqualTo(network.MultiplyAdds));
        Assert.That(chain.FeatureMapBytes, Is.EqualTo(steps.Steps.Sum(step => step.FeatureMapBytes)));
        Assert.That(chain.WeightBytes, Is.EqualTo(network.ParameterCount * sizeof(float)));
        Assert.That(chain.OutputShape, Is.EqualTo(Shape.Vector(10)));
        Assert.That(session.ArenaBytes, Is.LessThan(steps.ArenaBytes + (2 * chain.ScratchBytes * session.Threads)));
    }

    [TestCaseSource(nameof(InstructionSets))]
    public void LeNet5_agrees_with_the_oracle_and_with_its_steps_one_by_one(InstructionSet isa)
    {
        float[] images = TestData.Reals(37 * DigitLength, 1);
        float[] expected = Run(LeNet5.Create(), Device.Reference, images, new SessionOptions());
        var options = new SessionOptions { BatchSize = 37, InstructionSet = isa };
        float[] chain = Run(LeNet5.Create(), Device.Native, images, options);
        Agreement.AssertClose(chain, expected, $"chain, {isa}");
        Agreement.AssertClose(chain, Run(LeNet5.Create(), Device.Native, images, options with { AllowChains = false }), $"steps, {isa}");
    }

    [TestCaseSource(nameof(InstructionSets))]
    public void An_image_has_the_same_bits_in_a_group_or_alone_first_or_last(InstructionSet isa)
    {
        float[] images = TestData.Reals(131 * DigitLength, 2);
        float[] expected = Run(LeNet5.Create(), Device.Native, images, new SessionOptions { BatchSize = 1, Threads = 1, InstructionSet = isa });
        foreach ((int batch, int threads) in new[] { (2, 2), (3, 1), (15, 2), (16, 1), (17, 2), (64, 2), (131, 1), (131, 2) })
        {
            var options = new SessionOptions { BatchSize = batch, Threads = threads, InstructionSet = isa };
            Assert.That(
                Run(LeNet5.Create(), Device.Native, images, options).AsSpan().SequenceEqual(expected), $"{isa}, batch {batch}, {threads} threads");
        }
    }

    [Test]
    public void Bytes_and_the_same_numbers_have_the_same_bits()
    {
        byte[] bytes = new byte[20 * DigitLength];
        new Random(3).NextBytes(bytes);
        using InferenceSession session = Compile(
            LeNet5.Create(), new SessionOptions { BatchSize = 20, Normalization = new PixelNormalization([1f / 128], [-1]) });
        float[] fromBytes = new float[200];
        float[] fromNumbers = new float[200];
        session.Run(bytes, fromBytes);
        session.Run((float[])[.. bytes.Select(value => (value / 128f) - 1)], fromNumbers);
        Assert.That(fromBytes.AsSpan().SequenceEqual(fromNumbers));
    }

    [TestCaseSource(nameof(SmallNetworks))]
    public void A_small_network_gives_the_oracles_answer(Network network, int steps)
    {
        float[] images = TestData.Reals((int)network.Input.Shape.Count * 21, 4);
        float[] expected = Run(network, Device.Reference, images, new SessionOptions());
        foreach (int batch in new[] { 1, 21 })
        {
            Agreement.AssertClose(Run(network, Device.Native, images, new SessionOptions { BatchSize = batch }), expected, network.Name);
        }

        using InferenceSession session = Compile(network, new SessionOptions { BatchSize = 1 });
        Assert.That(session.Steps, Has.Length.EqualTo(steps), string.Join(", ", session.Steps.Select(step => step.Name)));
    }

    [TestCase(1)]
    [TestCase(64)]
    public void Nothing_of_AlexNet_is_claimed(int batch)
    {
        using var backend = new NativeBackend(1);
        Assert.That(
            backend.Partition(StepGraph.Create(AlexNet.Create()), batch).Cast<NativeRegion>().SelectMany(region => region.Plans).Select(plan => plan.Algorithm),
            Has.None.EqualTo(NativeAlgorithm.Lanes));
    }

    private static TestCaseData Case(int steps, NetworkBuilder builder)
    {
        Network network = builder.Build();
        return new TestCaseData(network, steps).SetArgDisplayNames(network.Name);
    }

    private static InferenceSession Compile(Network network, SessionOptions options, Device? device = null)
    {
        using WeightSet weights = network.Name == "lenet5" ? PretrainedWeights.LeNet5() : WeightSet.Random(network, 6);
        return network.Compile(device ?? Device.Native, weights, options);
    }

    private static float[] Run(Network network, Device device, float[] images, SessionOptions options)
    {
        using InferenceSession session = Compile(network, options, device);
        float[] scores = new float[images.Length / network.Input.Shape.Count * network.Output.Shape.Count];
        session.Run(images, scores);
        return scores;
    }
}
