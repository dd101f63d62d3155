namespace Convoy.Tests.Weights.Caffe;

/// <summary>The weights of caffemodels: names, extents and numbers, of either generation of the format.</summary>
public sealed class CaffeReadingTests
{
    private static byte[][] Layers =>
    [
        CaffeBytes.Layer("conv", "Convolution", CaffeBytes.Blob([2, 1, 1, 2], 1, 2, 3, 4), CaffeBytes.Blob([2], 5, 6)),
        CaffeBytes.OldLayer("ip", 14, CaffeBytes.OldBlob([1, 1, 1, 3], 1, 2, 3), CaffeBytes.OldBlob([1, 1, 1, 1], 4)),
        CaffeBytes.Layer("bn", "BatchNorm", CaffeBytes.Blob([2], 2, 4), CaffeBytes.Blob([2], 6, 8), CaffeBytes.Blob([1], 2)),
    ];

    private static byte[] Whole => CaffeBytes.Net(Layers);

    [Test]
    public void A_layers_arrays_are_its_weight_and_its_bias() => Check(
        CaffeBytes.Net(
            CaffeBytes.Layer("data", "Input"),
            CaffeBytes.Layer("conv1", "Convolution", CaffeBytes.Blob([2, 1, 1, 2], 1, 2, 3, 4), CaffeBytes.Blob([2], 5, 6)),
            CaffeBytes.Layer("relu", "PReLU", CaffeBytes.Blob([2], 0.25f, 0.5f)),
            CaffeBytes.Layer("fc", "InnerProduct", CaffeBytes.Blob([1, 3], 1, 2, 3))),
        ("conv1.weight", new Shape(2, 1, 1, 2), [1, 2, 3, 4]),
        ("conv1.bias", new Shape(2), [5, 6]),
        ("relu.weight", new Shape(2), [0.25f, 0.5f]),
        ("fc.weight", new Shape(1, 3), [1, 2, 3]));

    [Test]
    public void Old_layers_have_four_extents_and_numbers_one_by_one() => Check(
        CaffeBytes.Net(
            CaffeBytes.OldLayer("conv1", 4, CaffeBytes.OldBlob([2, 1, 1, 2], 1, 2, 3, 4), CaffeBytes.OldBlob([1, 1, 1, 2], 5, 6)),
            CaffeBytes.OldLayer("ip1", 14, CaffeBytes.OldBlob([1, 1, 2, 3], 1, 2, 3, 4, 5, 6), CaffeBytes.OldBlob([1, 1, 1, 2], 7, 8))),
        ("conv1.weight", new Shape(2, 1, 1, 2), [1, 2, 3, 4]),
        ("conv1.bias", new Shape(2), [5, 6]),
        ("ip1.weight", new Shape(2, 3), [1, 2, 3, 4, 5, 6]),
        ("ip1.bias", new Shape(2), [7, 8]));

    [Test]
    public void Numbers_may_be_of_double_precision_and_in_pieces()
    {
        byte[] pieces = [.. CaffeBytes.Shape([3]), .. CaffeBytes.Packed(1, 2), .. CaffeBytes.Packed(3)];
        Check(
            CaffeBytes.Net(CaffeBytes.Layer("fc", "InnerProduct", CaffeBytes.DoubleBlob([1, 2], 0.5, -0.25), pieces)),
            ("fc.weight", new Shape(1, 2), [0.5f, -0.25f]),
            ("fc.bias", new Shape(3), [1, 2, 3]));
    }

    [Test]
    public void Sums_are_divided_and_a_scale_belongs_to_its_normalisation() => Check(
        CaffeBytes.Net(
            CaffeBytes.Layer("bn1", "BatchNorm", "conv1", "top1", CaffeBytes.Blob([2], 2, 4), CaffeBytes.Blob([2], 6, 8), CaffeBytes.Blob([1], 2)),
            CaffeBytes.Layer("scale1", "Scale", "top1", "top1", CaffeBytes.Blob([2], 10, 11), CaffeBytes.Blob([2], 12, 13)),
            CaffeBytes.Layer("scale2", "Scale", "other", "other", CaffeBytes.Blob([2], 14, 15)),
            CaffeBytes.Layer("bn3", "BatchNorm", CaffeBytes.Blob([1], 2), CaffeBytes.Blob([1], 6), CaffeBytes.Blob([1], 0))),
        ("bn1.running_mean", new Shape(2), [1, 2]),
        ("bn1.running_var", new Shape(2), [3, 4]),
        ("bn1.weight", new Shape(2), [10, 11]),
        ("bn1.bias", new Shape(2), [12, 13]),
        ("scale2.weight", new Shape(2), [14, 15]),
        ("bn3.running_mean", new Shape(1), [0]),
        ("bn3.running_var", new Shape(1), [0]));

    private static IEnumerable<TestCaseData> Devices => TestDevices.OnEach([[]]);

    [TestCaseSource(nameof(Devices))]
    public void A_network_of_groups_answers_as_with_the_same_numbers_at_hand(string name)
    {
        Network network = new NetworkBuilder("groups", Shape.Image(4, 5, 5))
            .Convolution("conv", 6, 3, groups: 2, activation: Activation.Relu)
            .BatchNormalization("bn")
            .FullyConnected("ip", 3)
            .Build();
        using WeightSet random = WeightSet.Random(network, 7);
        byte[] file = CaffeBytes.Net(
            CaffeBytes.Layer("conv", "Convolution", CaffeBytes.Blob([6, 2, 3, 3], Values(random, "conv.weight")), CaffeBytes.Blob([6], Values(random, "conv.bias"))),
            CaffeBytes.Layer(
                "bn", "BatchNorm", "conv", "bn", CaffeBytes.Blob([6], Values(random, "bn.running_mean")), CaffeBytes.Blob([6], Values(random, "bn.running_var")), CaffeBytes.Blob([1], 1)),
            CaffeBytes.Layer("scale", "Scale", "bn", "scale", CaffeBytes.Blob([6], Values(random, "bn.weight")), CaffeBytes.Blob([6], Values(random, "bn.bias"))),
            CaffeBytes.OldLayer("ip", 14, CaffeBytes.OldBlob([1, 1, 3, 54], Values(random, "ip.weight")), CaffeBytes.OldBlob([1, 1, 1, 3], Values(random, "ip.bias"))));
        using WeightSet read = WeightSet.Load(file, "test");
        float[] image = [.. Enumerable.Range(0, 100).Select(i => (i % 11) - 5f)];
        var device = Device.Find(name);
        Assert.That(Run(network, device, read, image), Is.EqualTo(Run(network, device, random, image)));
    }

    [Test]
    public void A_file_cut_short_is_refused()
    {
        // Between two layers a file ends as well as behind the last: then it has fewer.
        byte[] whole = Whole;
        int[] ends = [.. new[] { 1, 2, 3 }.Select(layers => CaffeBytes.Net(Layers[..layers]).Length)];
        for (int length = 1; length < whole.Length; length++)
        {
            byte[] start = whole[..length];
            Assert.That(
                () => WeightSet.Load(start, "test").Dispose(),
                ends.Contains(length) ? Throws.Nothing : Throws.TypeOf<WeightException>().With.Message.StartsWith("Cannot read the weights of 'test': "),
                $"{length} bytes");
        }

        Assert.That(ends[^1], Is.EqualTo(whole.Length));
    }

    [TestCase(new[] { 3 }, "array 1 of layer 'a' has the extents [3], but 2 numbers")]
    [TestCase(new[] { 2, 0 }, "array 1 of layer 'a' has the extents [2, 0], but 2 numbers")]
    [TestCase(new[] { 65536, 65536, 65536, 65536, 2 }, "array 1 of layer 'a' has the extents [65536, 65536, 65536, 65536, 2], but 2 numbers")]
    [TestCase(new[] { 1, 1, 1, 1, 1, 1, 1, 1, 2 }, "array 1 of layer 'a' has more than 8 extents")]
    public void Extents_that_lie_are_refused(int[] extents, string expected) => CheckRefused(CaffeBytes.Layer("a", "Scale", CaffeBytes.Blob(extents, 1, 2)), expected);

    [Test]
    public void What_cannot_be_is_refused()
    {
        CheckRefused(CaffeBytes.Layer("a", "Scale", [.. CaffeBytes.Shape([1]), .. CaffeBytes.Field(5, [1, 2, 3])]), "array 1 of layer 'a' is of single and double precision at once, or ends within a number");
        CheckRefused(CaffeBytes.Layer("a", "Scale", [.. CaffeBytes.DoubleBlob([1], 1), .. CaffeBytes.Packed(1)]), "array 1 of layer 'a' is of single and double precision at once");
        byte[] layer = CaffeBytes.Layer("a", "Scale", CaffeBytes.Blob([1], 1));
        CheckRefused([.. layer, .. layer], "two of its arrays are named 'a.weight'");
        CheckRefused(CaffeBytes.Layer("a", "Scale", [0xFF, 0xFF, 0xFF, 0xFF]), "its fields do not fill it, so it was cut short or is damaged");
    }

    private static float[] Run(Network network, Device device, WeightSet weights, float[] image)
    {
        using InferenceSession session = network.Compile(device, weights);
        float[] scores = new float[3];
        session.Run(image, scores);
        return scores;
    }

    private static float[] Values(WeightSet weights, string name)
    {
        Assert.That(weights.TryGet(name, out WeightTensor? tensor), Is.True);
        float[] values = new float[tensor!.Shape.Count];
        tensor.CopyTo(values);
        return values;
    }

    private static void Check(byte[] file, params (string Name, Shape Shape, float[] Values)[] expected)
    {
        using WeightSet weights = WeightSet.Load(file, "test");
        Assert.That(weights.Tensors.Select(tensor => (tensor.Name, tensor.Shape)), Is.EqualTo(expected.Select(each => (each.Name, each.Shape))));
        foreach ((string name, _, float[] values) in expected)
        {
            Assert.That(Values(weights, name), Is.EqualTo(values), name);
        }
    }

    private static void CheckRefused(byte[] layers, string expected) =>
        Assert.That(
            () => WeightSet.Load(CaffeBytes.Net(layers), "test"),
            Throws.TypeOf<WeightException>().With.Message.StartsWith($"Cannot read the weights of 'test': {expected}").And.Message.EndsWith("."));
}
