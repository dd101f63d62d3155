using Convoy.ModelFiles;
using Convoy.Models;
using Convoy.Onnx;
using Convoy.Tests.Conformance;

namespace Convoy.Tests.Onnx;

/// <summary>A built-in network that is written as ONNX runs in ONNX Runtime, and read back it is the same graph with the same weights.</summary>
public sealed class RoundTripTests : FolderFixture
{
    private static IEnumerable<string> Names => ModelCatalog.All.Select(model => model.Name);

    [TestCaseSource(nameof(Names))]
    public void A_network_agrees_with_ONNX_Runtime_and_is_itself_when_it_is_read_back(string name)
    {
        Network network = ModelCatalog.All.Single(model => model.Name == name).CreateNetwork();
        using WeightSet weights = WeightSet.Random(network, 14);
        string path = Folder[$"{name}.onnx"];
        OnnxModel.Save(network, weights, path, new Dictionary<string, string> { ["preset"] = "imagenet" });
        using ModelFile read = OnnxModel.Load(path);
        AssertSame(read, network, weights);

        float[] image = TestData.Reals((int)network.Input.Shape.Count, 15);
        float[] expected = OnnxRuntimeOracle.Run(path, (image, [1, .. network.Input.Shape.Extents.Select(extent => (long)extent)]))[0];
        foreach (Device device in TestDevices.Judged)
        {
            Agreement.AssertClose(ModelRun.Run(read, [image], device)[0], expected, $"{name} on {device}", relativeError: 1e-4);
        }
    }

    [Test]
    public void A_file_that_cannot_be_written_says_so()
    {
        Network network = LeNet5.Create();
        using WeightSet weights = WeightSet.Random(network, 1);
        Assert.That(() => OnnxModel.Save(network, weights, Folder.Root), Throws.TypeOf<ModelFileException>().With.Message.Contains("is a folder"));
        Assert.That(
            () => OnnxModel.Save(network, weights, Path.Combine(Folder.Root, "none", "a.onnx")),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("its folder does not exist"));
    }

    [Test]
    public void A_network_of_more_than_two_gigabytes_is_refused()
    {
        Network network = new NetworkBuilder("large", Shape.Vector(1 << 15)).FullyConnected("fc", 1 << 14).FullyConnected("scores", 10).Build();
        using WeightSet weights = WeightSet.Random(LeNet5.Create(), 1);
        Assert.That(() => OnnxModel.Save(network, weights, Stream.Null), Throws.TypeOf<ModelFileException>().With.Message.Contains("2 GiB"));
    }

    private static void AssertSame(ModelFile read, Network network, WeightSet weights)
    {
        Assert.That(read.Network.Name, Is.EqualTo(network.Name));
        Assert.That(read.Network.Nodes.Select(Describe), Is.EqualTo(network.Nodes.Select(Describe)));
        Assert.That(read.Network.Outputs.Select(node => node.Name), Is.EqualTo(network.Outputs.Select(node => node.Name)));
        Assert.That(read.Metadata["preset"], Is.EqualTo("imagenet"));
        Assert.That(read.Inputs.Single().Extents, Is.EqualTo(network.Input.Shape.Extents));
        foreach ((string parameter, Shape shape) in network.Parameters)
        {
            Assert.That(Bytes(read.Weights!, parameter, shape).AsSpan().SequenceEqual(Bytes(weights, parameter, shape)), parameter);
        }
    }

    // Records are compared by their members, so that the layer stands for all of it.
    private static (string, Layer, string) Describe(Node node) => (node.Name, node.Layer, string.Join(", ", node.Inputs.Select(input => input.Name)));

    private static byte[] Bytes(WeightSet weights, string name, Shape shape)
    {
        Assert.That(weights.TryGet(name, out WeightTensor? tensor), name);
        Assert.That(tensor!.Shape, Is.EqualTo(shape), name);
        byte[] bytes = new byte[tensor.ByteCount];
        tensor.CopyBytesTo(bytes);
        return bytes;
    }
}
