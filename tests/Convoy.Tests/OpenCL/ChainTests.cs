using Convoy.Backends.OpenCL;
using Convoy.Models;

namespace Convoy.Tests.OpenCL;

/// <summary>Small layers computed as one kernel, with images in the lanes and with channels, in vectors of either width: the oracle's scores.</summary>
public sealed class ChainTests : OpenClFixture
{
    private static IEnumerable<TestCaseData> Networks =>
    [
        Case(LeNet5.Create()),
        Case(Build("padded", [1, 28, 28], net => net
            .Convolution("a", 6, 5, padding: 2).Tanh("a.tanh").AveragePool("p", 2, stride: 2).Convolution("b", 16, 5).Tanh("b.tanh").FullyConnected("c", 10).Softmax("d"))),
        Case(Build("pools by themselves", [3, 13, 11], net => net
            .Convolution("a", 9, 3, stride: 2).Relu("a.relu").MaxPool("p", 3, stride: 1).Convolution("b", 17, 2, padding: 1).MaxPool("q", 2, stride: 2).FullyConnected("c", 33).Relu("c.relu"))),
        Case(Build("ends in a map", [2, 7, 9], net => net
            .Convolution("a", 19, 3, padding: new Padding(2, 0, 1, 3)).Convolution("b", 5, 1).Sigmoid("b.sigmoid"))),
        Case(Build("fully connected", [4, 3, 2], net => net
            .FullyConnected("a", 50).Clip("a.clip", -0.5f, 0.5f).FullyConnected("b", 1).FullyConnected("c", 130).Clip("c.clip", -0.5f, 0.5f))),
        Case(Build("one by one", [1, 1, 1], net => net.Convolution("a", 1, 1).Convolution("b", 2, 3, padding: 1).FullyConnected("c", 3).Softmax("d"))),
    ];

    [TestCaseSource(nameof(Networks))]
    public void A_chain_gives_the_oracles_scores_whatever_lies_in_the_lanes(Network network)
    {
        using WeightSet weights = WeightSet.Random(network, 1);
        using InferenceSession oracle = network.Compile(Device.Reference, weights);
        const int Images = 37;
        float[] images = TestData.Reals(Images * (int)network.Input.Shape.Count, 2);
        float[] expected = new float[Images * network.Output.Shape.Count];
        oracle.Run(images, expected);
        foreach (int vector in new[] { 8, 16 })
        {
            float[][] scores = [.. new[] { 3, 2 * vector }.Select(batch => Run(network, weights, images, expected.Length, vector, batch))];
            Agreement.AssertClose(scores[0], expected, $"channels in {vector} lanes");
            Agreement.AssertClose(scores[1], expected, $"images in {vector} lanes");
            Assert.That(scores[0], Is.EqualTo(scores[1]), "the same sums in the same order");
        }
    }

    /// <summary>What ends a chain: another activation, slopes, a window with padding, groups, a layer that is too large.</summary>
    [TestCaseSource(nameof(Others))]
    public void What_chains_have_no_stage_for_is_computed_by_itself(Network network)
    {
        using WeightSet weights = WeightSet.Random(network, 1);
        using InferenceSession oracle = network.Compile(Device.Reference, weights);
        float[] images = TestData.Reals(3 * (int)network.Input.Shape.Count, 2);
        float[] expected = new float[3 * network.Output.Shape.Count];
        oracle.Run(images, expected);
        using InferenceSession session = network.Compile(Core(16), weights, new SessionOptions { BatchSize = 3 });
        Assert.That(session.Steps.Select(step => step.Algorithm), Has.None.Contains("chain"));
        float[] scores = new float[expected.Length];
        session.Run(images, scores);
        Agreement.AssertClose(scores, expected, network.Name);
    }

    private static IEnumerable<TestCaseData> Others =>
    [
        Case(Build("two activations", [3, 8, 8], net => net.Convolution("a", 4, 3).Relu("a.relu").Convolution("b", 4, 3).Tanh("b.tanh"))),
        Case(Build("slopes", [3, 8, 8], net => net.Convolution("a", 4, 3).ParametricRelu("a.prelu").Convolution("b", 4, 3))),
        Case(Build("padded windows", [3, 8, 8], net => net.Convolution("a", 4, 3).MaxPool("p", 3, stride: 2, padding: 1).Convolution("b", 4, 3))),
        Case(Build("groups", [4, 8, 8], net => net.Convolution("a", 4, 3, groups: 2).Convolution("b", 4, 3))),
        Case(Build("many weights", [4, 8, 8], net => net.Convolution("a", 4, 3).FullyConnected("b", 1200))),
        Case(Build("a large map", [4, 200, 200], net => net.Convolution("a", 2, 1).Convolution("b", 2, 1))),
        Case(Build("one layer", [4, 8, 8], net => net.FullyConnected("b", 12).Softmax("c"))),
    ];

    private float[] Run(Network network, WeightSet weights, float[] images, int count, int vector, int batch)
    {
        using InferenceSession session = network.Compile(Core(vector), weights, new SessionOptions { BatchSize = batch });
        Assert.That(session.Steps.Select(step => step.Algorithm).Distinct(), Is.EqualTo(new[] { batch > vector ? $"chain of {vector} images" : $"chain of {vector} channels" }));
        float[] scores = new float[count];
        session.Run(images, scores);
        return scores;
    }

    private Device Core(int vector) => SessionScenario.DeviceOf(AnyDevice, DeviceTraits.Of(AnyDevice) with { IsCpu = true, VectorWidth = vector });

    private static Network Build(string name, int[] input, Func<NetworkBuilder, NetworkBuilder> add) =>
        add(new NetworkBuilder(name, Shape.Image(input[0], input[1], input[2]))).Build();

    private static TestCaseData Case(Network network) => new TestCaseData(network).SetArgDisplayNames(network.Name);
}
