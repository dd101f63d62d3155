using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Google.Protobuf;

namespace Convoy.Tests.Conformance;

/// <summary>One case of the ONNX backend test suite: a model of one node, its inputs, and the answers it must give.</summary>
internal sealed record PublishedCase(ModelProto Model, TensorProto[] Inputs, TensorProto[] Outputs)
{
    // Their inputs are all tensors that are computed, where they have one shape.
    private static readonly HashSet<string> OfTensors = ["Add", "Concat", "Div", "Max", "Mean", "Min", "Mul", "Sub", "Sum"];

    private NodeProto Node => Model.Graph.Node[0];

    /// <summary>What a model would be run on: the rest of the published inputs are constants of it.</summary>
    public IEnumerable<TensorProto> Data => Inputs.Where((_, i) => !IsConstant(i));

    /// <summary>Reads a case's folder: <c>model.onnx</c> and the tensors of <c>test_data_set_0</c>.</summary>
    public static PublishedCase Read(string folder)
    {
        var model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(Path.Combine(folder, "model.onnx")));
        Assert.That(Directory.GetDirectories(folder), Has.Length.EqualTo(1), "A case of more than one data set is read in part.");
        Assert.That(model.Graph.Node, Has.Count.EqualTo(1), "A case has a single node.");
        Assert.That(model.Graph.Initializer, Is.Empty, "A case's weights are inputs.");
        return new PublishedCase(model, ReadTensors(folder, "input"), ReadTensors(folder, "output"));
    }

    /// <summary>Imports the model, with the inputs that are weights or the like as constants of it.</summary>
    /// <exception cref="ModelFileException">It is not one that is imported.</exception>
    public ModelFile Import()
    {
        ModelProto model = Model.Clone();
        for (int i = 0; i < Inputs.Length; i++)
        {
            if (IsConstant(i))
            {
                TensorProto constant = Inputs[i].Clone();
                constant.Name = Model.Graph.Input[i].Name;
                model.Graph.Initializer.Add(constant);
            }
        }

        return OnnxModel.Load(new MemoryStream(model.ToByteArray()), "published");
    }

    private bool IsConstant(int input) => input > 0 && !(OfTensors.Contains(Node.OpType) && Inputs[input].Dims.Count == Inputs[0].Dims.Count);

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
