namespace Convoy.Tests.Runtime;

/// <summary>Networks of other forms than a chain, whole, on every device against the oracle.</summary>
public sealed class NetworkShapesTests
{
    private static IEnumerable<Network> Networks =>
    [
        new NetworkBuilder("residual", Shape.Image(5, 9, 9))
            .Convolution("a", 8, 3, padding: 1, activation: Activation.Relu)
            .Convolution("b", 8, 3, padding: 1).BatchNormalization("bn")
            .Add("sum", "a.relu", "bn").Relu("out").GlobalAveragePool("pool").Flatten("flat").FullyConnected("fc", 4).Softmax("prob")
            .Build(),
        new NetworkBuilder("inception", Shape.Image(3, 12, 12))
            .Convolution("left", 5, 1, activation: Activation.Relu)
            .From("input").Convolution("right", 7, 5, padding: 2, activation: Activation.Tanh)
            .From("input").MaxPool("pool", 3, 1, padding: 1)
            .Concat("cat", "left.relu", "right.tanh", "pool").LocalResponseNormalization("norm", 5)
            .Build(),
        new NetworkBuilder("fire", Shape.Image(3, 9, 9))
            .Convolution("squeeze", 4, 1, activation: Activation.Relu)
            .Convolution("one", 6, 1, activation: Activation.Relu)
            .From("squeeze.relu").Convolution("three", 9, 3, padding: 1, activation: Activation.Relu)
            .Concat("cat", "one.relu", "three.relu")
            .Build(),
        new NetworkBuilder("read by others too", Shape.Image(3, 9, 9))
            .Convolution("left", 6, 1)
            .From("input").Convolution("right", 6, 3, padding: 1)
            .Concat("cat", "right", "left", "right").From("left").Relu("other").Concat("both", "cat", "other")
            .Build(),
        new NetworkBuilder("towers", Shape.Image(6, 31, 31))
            .Convolution("conv1", 16, 5, stride: 2, activation: Activation.Relu)
            .LocalResponseNormalization("norm1", 5, 1e-2f, 0.75f, 2)
            .MaxPool("pool1", 3, 2)
            .Convolution("conv2", 32, 5, padding: 2, groups: 2, activation: Activation.Relu)
            .AdaptiveAveragePool("pool2", 3).FullyConnected("fc", 11, activation: Activation.Tanh)
            .Build(),
        new NetworkBuilder("normalised", Shape.Image(4, 6, 6))
            .BatchNormalization("first").Convolution("conv", 6, 3, bias: false).BatchNormalization("second").Tanh("tanh")
            .FullyConnected("fc", 9).BatchNormalization("third").Softmax("prob")
            .Build(),
        new NetworkBuilder("vector norm", Shape.Vector(7)).Tanh("tanh").BatchNormalization("norm").Build(),
        new NetworkBuilder("flatten", Shape.Image(3, 4, 5)).Relu("relu").Flatten("flat").Softmax("prob").Build(),
        new NetworkBuilder("spatial answer", Shape.Image(3, 8, 8)).Convolution("conv", 5, 3, activation: Activation.Relu).Softmax("prob").Build(),
        new NetworkBuilder("the same twice", Shape.Image(3, 4, 4)).Add("double", "input", "input").Concat("cat", "double", "double").Build(),
        new NetworkBuilder("channels last", Shape.Image(9, 8, 3))
            .Append("nchw", new Transpose(2, 0, 1)).Convolution("conv", 5, 3, padding: 1).InstanceNormalization("norm").Relu("relu")
            .Append("nhwc", new Transpose(1, 2, 0)).Softmax("prob").Append("flipped", new Transpose(0, 2, 1)).Flatten("flat")
            .Build(),
        new NetworkBuilder("two inputs", Shape.Vector(70))
            .Slice("first", 0, 60).Unflatten("image", Shape.Image(5, 4, 3)).Append("deep", new SpaceToDepth(1)).Upsample("wide", new Extent2D(2, 3))
            .From("input").Slice("second", 60, 10).FullyConnected("gains", 5).Sigmoid("gate")
            .Multiply("scaled", "wide", "gate").From("gate").Slice("one", 2, 1).Subtract("rest", "one", "scaled")
            .Build(),
        new NetworkBuilder("nothing", Shape.Image(3, 4, 4)).Dropout("drop", 0.3f).Build(),
    ];

    [Test]
    public void A_network_gives_the_oracles_answer(
        [ValueSource(nameof(Networks))] Network network, [ValueSource(typeof(TestDevices), nameof(TestDevices.Judged))] Device device)
    {
        using WeightSet weights = WeightSet.Random(network, 5);
        float[] images = TestData.Reals((int)network.Input.Shape.Count * 5, 9);
        Agreement.AssertClose(Run(network, device, weights, images), Run(network, Device.Reference, weights, images), network.Name);
    }

    [Test]
    public void What_a_concatenation_alone_reads_is_not_copied_on_native()
    {
        string[] algorithms = [.. Networks.Where(network => network.Name is "fire" or "inception" or "read by others too").SelectMany(network =>
        {
            using WeightSet weights = WeightSet.Random(network, 5);
            using InferenceSession session = network.Compile(Device.Native, weights, new SessionOptions { BatchSize = 3 });
            return session.Steps.Where(step => step.Op == "concat").Select(step => $"{network.Name}: {step.Algorithm.Split('(')[0].Trim()}, {step.FeatureMapBytes} bytes");
        })];
        Assert.That(algorithms, Is.EqualTo(new[]
        {
            $"inception: simple, {2 * 3 * 12 * 12 * 4} bytes",
            "fire: in place, 0 bytes",
            $"read by others too: simple, {2 * 3 * 6 * 9 * 9 * 4} bytes",
            $"read by others too: simple, {2 * 4 * 6 * 9 * 9 * 4} bytes",
        }));
    }

    [Test]
    public void A_folded_normalisation_computes_what_its_definition_says()
    {
        Network network = new NetworkBuilder("bn", Shape.Image(2, 1, 1)).Convolution("conv", 2, 1).BatchNormalization("bn", 0.5f).Build();
        using WeightSet weights = WeightSet.FromTensors("made by hand",
        [
            ("conv.weight", new Shape(2, 2, 1, 1), [1, 2, -3, 4]),
            ("conv.bias", new Shape(2), [0.5f, -1]),
            ("bn.weight", new Shape(2), [2, 3]),
            ("bn.bias", new Shape(2), [0.25f, -2]),
            ("bn.running_mean", new Shape(2), [1, -5]),
            ("bn.running_var", new Shape(2), [4, 0.5f]),
        ]);

        // conv: [1 * 3 + 2 * 5 + 0.5, -3 * 3 + 4 * 5 - 1] = [13.5, 10].
        double[] expected = [((13.5 - 1) / Math.Sqrt(4.5) * 2) + 0.25, ((10 + 5) / Math.Sqrt(1.0) * 3) - 2];
        foreach (Device device in TestDevices.Judged.Append(Device.Reference))
        {
            float[] scores = Run(network, device, weights, [3, 5]);
            Assert.That(scores.Select(score => (double)score), Is.EqualTo(expected).Within(1e-5));
        }
    }

    private static float[] Run(Network network, Device device, WeightSet weights, float[] images)
    {
        using InferenceSession session = network.Compile(device, weights, new SessionOptions { BatchSize = 3, Threads = TestDevices.Threads(device, 2) });
        float[] scores = new float[images.Length / network.Input.Shape.Count * network.Output.Shape.Count];
        session.Run(images, scores);
        return scores;
    }
}
