using System.Runtime.InteropServices;
using Convoy.Weights.Formats;

namespace Convoy.Tests.Weights.Keras;

/// <summary>
/// Weights that Keras made, without their model, behind a flattened feature map: what stands between it and them is computed with
/// Keras' order, or the layer that leaves it open is named.
/// </summary>
public sealed class FlatteningOrderTests
{
    private const int Channels = 3;
    private const int Height = 2;
    private const int Width = 2;
    private const int Count = Channels * Height * Width;

    /// <summary>Numbers of an image by rows, columns, channels; the network is given them by channels, rows, columns.</summary>
    private static readonly float[] Image = TestData.Reals(Count, 1);

    private static NetworkBuilder Flattened => new NetworkBuilder("n", Shape.Image(Channels, Height, Width)).Flatten("flat");

    [Test]
    public void A_batch_normalisation_of_a_flattened_map_is_turned_with_what_reads_it()
    {
        Network network = Flattened.BatchNormalization("bn", 0).FullyConnected("fc", 2).Build();
        float[] scores = Run(network, ("fc.weight", 2), ("fc.bias", 0), ("bn.weight", 0), ("bn.bias", 0), ("bn.running_mean", 0), ("bn.running_var", 0));
        double[] normalised = [.. Image.Select((x, i) => ((x - Number("bn.running_mean", i)) / Math.Sqrt(Number("bn.running_var", i)) * Number("bn.weight", i)) + Number("bn.bias", i))];
        Assert.That(scores, Is.EqualTo(Connect(normalised)).Within(1e-4));
    }

    [Test]
    public void Slopes_of_a_flattened_map_are_turned()
    {
        Network network = Flattened.Activate("prelu", Activation.ParametricRelu).FullyConnected("fc", 2).Build();
        float[] scores = Run(network, ("fc.weight", 2), ("fc.bias", 0), ("prelu.weight", 0));
        Assert.That(scores, Is.EqualTo(Connect([.. Image.Select((x, i) => x > 0 ? x : x * (double)Number("prelu.weight", i))])).Within(1e-4));
    }

    [Test]
    public void A_constant_and_a_sum_with_itself_keep_the_order()
    {
        Network network = Flattened.BinaryConstant("twice", BinaryOperation.Multiply, [2]).Tanh("tanh").Add("sum", "tanh", "twice").FullyConnected("fc", 2).Build();
        float[] scores = Run(network, ("fc.weight", 2), ("fc.bias", 0));
        Assert.That(scores, Is.EqualTo(Connect([.. Image.Select(x => Math.Tanh(2 * x) + (2 * x))])).Within(1e-4));
    }

    [Test]
    public void Joined_vectors_are_turned_each_by_itself()
    {
        Network network = Flattened.FullyConnected("one", 5).From("input").Flatten("again").Concat("all", "again", "one", "flat").FullyConnected("fc", 2).Build();
        float[] scores = Run(network, ("one.weight", 5), ("one.bias", 0), ("fc.weight", 2), ("fc.bias", 0));
        double[] pixels = [.. Image.Select(x => (double)x)];
        Assert.That(scores, Is.EqualTo(Connect([.. pixels, .. Connect(pixels, "one", 5), .. pixels])).Within(1e-4));
    }

    [TestCase("slice")]
    [TestCase("sum")]
    [TestCase("unflatten")]
    public void A_layer_that_leaves_the_order_open_is_named(string layer)
    {
        Network network = layer switch
        {
            "slice" => Flattened.Slice("slice", 2, 4).FullyConnected("fc", 2).Build(),
            "sum" => Flattened.FullyConnected("one", Count, bias: false).Add("sum", "one", "flat").FullyConnected("fc", 2).Build(),
            _ => Flattened.FullyConnected("one", Count, bias: false).Relu("relu").Unflatten("unflatten", Shape.Image(Channels, Height, Width)).Convolution("conv", 2, 1).Build(),
        };
        using WeightSet weights = Create(network);
        Assert.That(
            () => weights.FitTo(network),
            Throws.TypeOf<WeightException>().With.Message.Contains($"the layer '{layer}' (").And.Message.Contains("leaves open"));
        Assert.That(() => weights.Validate(network), Throws.TypeOf<WeightException>());
    }

    [Test]
    public void Where_there_is_one_channel_or_pixel_nothing_is_open()
    {
        Network network = new NetworkBuilder("n", Shape.Image(1, 4, 3)).Flatten("flat").Slice("slice", 2, 4).FullyConnected("fc", 2).Build();
        using WeightSet weights = Create(network);
        Assert.That(() => weights.FitTo(network), Throws.Nothing);
        Assert.That(() => weights.Validate(network), Throws.Nothing);
    }

    /// <summary>A fully connected layer's numbers, its kernel in the order that the file has.</summary>
    private static double[] Connect(double[] x, string name = "fc", int features = 2) =>
        [.. Enumerable.Range(0, features).Select(row => Number($"{name}.bias", row) + x.Select((value, column) => value * Number($"{name}.weight", (row * x.Length) + column)).Sum())];

    private static float[] Run(Network network, params (string Name, int Rows)[] tensors)
    {
        Assert.That(tensors.Select(tensor => tensor.Name), Is.EquivalentTo(network.Parameters.Select(parameter => parameter.Name)));
        using WeightSet weights = Create(network);
        using InferenceSession session = network.Compile(Device.Reference, weights.FitTo(network).Weights);
        float[] scores = new float[network.Output.Shape.Count];
        session.Run([.. Enumerable.Range(0, Count).Select(i => Image[(i % (Height * Width) * Channels) + (i / (Height * Width))])], scores);
        return scores;
    }

    /// <summary>What a reader of Keras' files makes: each tensor a formula of its name and places, and marked.</summary>
    private static WeightSet Create(Network network)
    {
        var tensors = new List<WeightTensor>();
        var storages = new List<WeightStorage>();
        foreach ((string name, Shape shape) in network.Parameters)
        {
            float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(i => Number(name, i))];
            var storage = new HeapStorage("w.h5", MemoryMarshal.AsBytes<float>(values).ToArray());
            storages.Add(storage);
            tensors.Add(new WeightTensor(name, ElementType.Float32, shape, storage, 0, (int)storage.Length) { IsChannelsLast = true });
        }

        return WeightSet.FromContents("w.h5", new WeightContents(tensors, new Dictionary<string, string>(), storages), network);
    }

    private static float Number(string name, int place)
    {
        float number = (((place * 37) + (name.Length * 11)) % 23 - 11) / 12f;
        return name.EndsWith("var", StringComparison.Ordinal) ? Math.Abs(number) + 0.5f : number;
    }
}
