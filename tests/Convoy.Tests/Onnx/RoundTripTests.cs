using Convoy.ModelFiles;
using Convoy.Models;
using Convoy.Onnx;

namespace Convoy.Tests.Onnx;

/// <summary>A built-in network that is written as ONNX and read back is the same graph with the same weights.</summary>
public sealed class RoundTripTests
{
    private static IEnumerable<string> Names => ModelCatalog.All.Select(model => model.Name);

    [TestCaseSource(nameof(Names))]
    public void A_network_is_itself_when_it_is_read_back(string name)
    {
        Network network = ModelCatalog.All.Single(model => model.Name == name).CreateNetwork();
        using WeightSet weights = WeightSet.Random(network, 14);
        var stream = new MemoryStream();
        OnnxModel.Save(network, weights, stream, new Dictionary<string, string> { ["preset"] = "imagenet" });
        stream.Position = 0;
        using ModelFile read = OnnxModel.Load(stream, name);

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

    // Records are compared by their members, so that the layer stands for all of it; padding in numbers, as ONNX has it.
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
