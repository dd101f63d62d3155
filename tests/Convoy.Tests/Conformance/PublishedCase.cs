using Convoy.Bench.Onnx;

namespace Convoy.Tests.Conformance;

/// <summary>One case of the ONNX backend test suite: a model of one node, its inputs, and the answers it must give.</summary>
internal sealed record PublishedCase(NodeProto Node, TensorProto[] Inputs, TensorProto[] Outputs)
{
    /// <summary>Reads a case's folder: <c>model.onnx</c> and the tensors of <c>test_data_set_0</c>.</summary>
    public static PublishedCase Read(string folder)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));
        Assert.That(Directory.GetDirectories(folder), Has.Length.EqualTo(1), "A case of more than one data set is read in part.");
        Assert.That(model.Graph.Node, Has.Count.EqualTo(1), "A case has a single node.");
        Assert.That(model.Graph.Initializer, Is.Empty, "A case's weights are inputs.");
        return new PublishedCase(model.Graph.Node[0], ReadTensors(folder, "input"), ReadTensors(folder, "output"));
    }

    private static TensorProto[] ReadTensors(string folder, string kind)
    {
        var tensors = new List<TensorProto>();
        while (Path.Combine(folder, "test_data_set_0", $"{kind}_{tensors.Count}.pb") is var path && File.Exists(path))
        {
            using FileStream file = File.OpenRead(path);
            tensors.Add(TensorProto.Parser.ParseFrom(file));
        }

        return [.. tensors];
    }
}
