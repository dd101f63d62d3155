using System.IO.Compression;
using Convoy.Tests.Weights.Caffe;
using Convoy.Weights.Formats.Hdf5;

namespace Convoy.Tests.Weights;

/// <summary>A tensor without an element is no layer's: every format passes it over and names it, and it is refused where that is asked for.</summary>
public sealed class EmptyTensorTests
{
    private static readonly byte[] Two = TorchFiles.Floats(1, 2);

    private static IEnumerable<TestCaseData> Files =>
    [
        Case("safetensors", SafetensorsBytes.Create("""{"fc.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"fc.bias":{"dtype":"F32","shape":[3,0],"data_offsets":[8,8]}}  """, Two)),
        Case("safetensors, in front", SafetensorsBytes.Create("""{"fc.weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"fc.bias":{"dtype":"F32","shape":[0,9],"data_offsets":[0,0]}}  """, Two)),
        Case("npz", NpyBytes.Zip(
            CompressionLevel.NoCompression, ("fc.weight.npy", NpyBytes.Create("<f4", false, "1, 2", Two)), ("fc.bias.npy", NpyBytes.Create("<f4", false, "0,", [])))),
        Case("pth", TorchFiles.Archive(Torch, null, ("0", Two))),
        Case("the older pth", TorchFiles.Legacy(Torch, true, ("0", 2, Two))),
        Case("h5", Hdf5()),
        Case("caffemodel", CaffeBytes.Net(CaffeBytes.Layer("fc", "InnerProduct", CaffeBytes.Blob([1, 2], 1, 2), CaffeBytes.Blob([0])))),
    ];

    private static byte[] Torch => TorchFiles.Ordered(
        ("fc.weight", TorchFiles.Tensor(TorchFiles.Storage("FloatStorage", "0", 2), 0, [1, 2], [2, 1])),
        ("fc.bias", TorchFiles.Tensor(TorchFiles.Storage("FloatStorage", "0", 2), 0, [0], [1])));

    [TestCaseSource(nameof(Files))]
    public void It_is_passed_over_and_named(byte[] file)
    {
        Network network = new NetworkBuilder("n", Shape.Vector(2)).FullyConnected("fc", 1, bias: false).Build();
        using WeightSet weights = WeightSet.Load(file, "test");
        Assert.That(weights.Tensors.Select(tensor => tensor.ToString()), Is.EqualTo(new[] { "fc.weight (Float32) [1, 2]" }));
        Assert.That(weights.EmptyTensors, Is.EqualTo(new[] { "fc.bias" }));
        Assert.That(weights.FitTo(network).Weights.EmptyTensors, Is.EqualTo(weights.EmptyTensors));
        Assert.That(
            () => weights.FitTo(network, new WeightFitOptions { IsStrict = true }),
            Throws.TypeOf<WeightException>().With.Message.StartsWith("test has 'fc.bias', a tensor without an element, which the network 'n' does not need"));
        Assert.That(() => weights.Validate(network, isStrict: true), Throws.TypeOf<WeightException>());
        weights.Validate(network);
    }

    [Test]
    public void A_file_of_nothing_else_says_so_in_place_of_a_list()
    {
        Network network = new NetworkBuilder("n", Shape.Vector(2)).FullyConnected("fc", 1).Build();
        const string Expected = "test has no tensor with an element, but the network 'n' needs 2; check where it comes from.";
        foreach (byte[] file in (byte[][])[TorchFiles.Archive(TorchFiles.None, null), NpyBytes.Create("<f4", false, "0,", []), SafetensorsBytes.Create("{}      ", [])])
        {
            using WeightSet weights = WeightSet.Load(file, "test");
            Assert.That(() => weights.FitTo(network), Throws.TypeOf<WeightException>().With.Message.EqualTo(Expected));
            Assert.That(() => weights.Validate(network), Throws.TypeOf<WeightException>().With.Message.EqualTo(Expected));
        }
    }

    private static byte[] Hdf5()
    {
        var root = new Hdf5GroupDraft();
        root.AddTexts("layer_names", ["fc"]);
        Hdf5GroupDraft group = root.FindOrAddGroup("fc")!;
        group.AddTexts("weight_names", ["kernel:0", "bias:0"]);
        group.TryAdd("kernel:0", new Hdf5DatasetDraft([2, 1], ElementType.Float32, file => file.Write(Two)));
        group.TryAdd("bias:0", new Hdf5DatasetDraft([0], ElementType.Float32, _ => { }));
        var bytes = new MemoryStream();
        Hdf5Writer.Write(bytes, root);
        return bytes.ToArray();
    }

    private static TestCaseData Case(string name, byte[] file) => new TestCaseData(file).SetArgDisplayNames(name);
}
