using Convoy.Models;
using Convoy.Weights.Formats;

namespace Convoy.Tests.Weights;

/// <summary>Every format that is written, and read again: the same tensors, bit by bit.</summary>
public sealed class WeightRoundTripTests : FolderFixture
{
    private static readonly ElementType[] Types = [ElementType.Float32, ElementType.Float64, ElementType.Float16, ElementType.BFloat16];

    private static readonly Dictionary<string, Network> Networks = new[] { LeNet5.Create(), Odd(), Joined() }.ToDictionary(network => network.Name);

    private static IEnumerable<TestCaseData> Cases =>
        from ending in WeightFormats.All.OfType<IWritableWeightFormat>().SelectMany(format => format.Endings).Append(".weights.h5")
        where ending != ".npy"
        from network in Networks.Keys
        from type in Types
        where HasType(ending, type)
        select new TestCaseData($"w{ending}", network, type);

    [TestCaseSource(nameof(Cases))]
    public void What_is_written_is_read_bit_by_bit(string file, string name, ElementType type)
    {
        Network network = Networks[name];
        using (WeightSet random = WeightSet.Random(network, 3))
        {
            random.Save(Folder["in.safetensors"], type);
        }

        using WeightSet before = WeightSet.Open(Folder["in.safetensors"]);
        before.FitTo(network).Weights.Save(Folder[file], type: null);
        using WeightSet written = WeightSet.Open(Folder[file]);
        Assert.That(written.Tensors.Select(tensor => tensor.Name), Is.EquivalentTo(before.Tensors.Select(tensor => tensor.Name)), "names");
        using WeightSet after = IsOfKeras(file) ? written.FitTo(network).Weights : written;
        Assert.That(Describe(after), Is.EquivalentTo(Describe(before)));
    }

    [TestCase("w.h5")]
    [TestCase("w.weights.h5")]
    public void For_Keras_the_numbers_are_in_another_order_until_they_are_fitted(string file)
    {
        Network network = Networks["odd"];
        using WeightSet before = WeightSet.Random(network, 3);
        before.Save(Folder[file]);
        using WeightSet after = WeightSet.Open(Folder[file]);
        string[] same = [.. Describe(after).Intersect(Describe(before)).Select(each => each.Split(' ')[0])];
        string[] turned = [.. network.Parameters.Select(parameter => parameter.Name).Except(same)];
        Assert.That(turned, Is.EquivalentTo(new[] { "fbn.weight", "fbn.bias", "fbn.running_mean", "fbn.running_var", "fslopes.weight", "fc.weight" }));
    }

    [Test]
    public void One_tensor_is_written_as_npy()
    {
        using WeightSet one = WeightSet.FromTensors("test", [("w", new Shape(2, 1, 3), [1, -2, 3, 4.5f, 0, -0f])]);
        one.Save(Folder["w.npy"]);
        using WeightSet read = WeightSet.Open(Folder["w.npy"]);
        Assert.That(Describe(read), Is.EqualTo(Describe(one)));
    }

    /// <summary>One of each layer with weights, over extents that are not alike; at its end what has a number for each feature of a flattened map.</summary>
    private static Network Odd() => new NetworkBuilder("odd", Shape.Image(3, 7, 5))
        .Convolution("block/conv.1", 6, new Extent2D(3, 2), padding: 1)
        .BatchNormalization("bn")
        .Convolution("dw", 12, 3, padding: 1, groups: 6)
        .InstanceNormalization("in")
        .ParametricRelu("slopes")
        .Convolution("sep.depthwise", 12, new Extent2D(1, 3), groups: 12, bias: false)
        .Convolution("sep.pointwise", 10, 1)
        .Convolution("grouped", 4, new Extent2D(2, 1), groups: 2, bias: false)
        .Flatten("flatten")
        .BatchNormalization("fbn")
        .ParametricRelu("fslopes")
        .FullyConnected("fc", 5)
        .FullyConnected("ünï", 1, bias: false)
        .Build();

    /// <summary>Two flattened feature maps, one behind the other, and a vector that is none.</summary>
    private static Network Joined() => new NetworkBuilder("joined", Shape.Image(2, 3, 4))
        .Flatten("left")
        .From("input").Convolution("conv", 3, 2).Flatten("right")
        .From("input").FullyConnected("small", 2)
        .Concat("all", "left", "small", "right")
        .FullyConnected("fc", 3)
        .Build();

    private static bool IsOfKeras(string file) => file.EndsWith(".h5", StringComparison.Ordinal) || file.EndsWith(".hdf5", StringComparison.Ordinal);

    private static bool HasType(string ending, ElementType type) => type switch
    {
        ElementType.Float16 => ending != ".caffemodel",
        ElementType.BFloat16 => ending is ".safetensors" or ".pth" or ".pt",
        _ => true,
    };

    private static IEnumerable<string> Describe(WeightSet weights) =>
        weights.Tensors.Select(tensor => $"{tensor.Name} {tensor.ElementType} {tensor.Shape} {Convert.ToHexString(StoredBytes.Of(tensor))}");
}
