using Convoy.ModelFiles;
using Convoy.Models;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Convoy.Tests.Onnx;
using Google.Protobuf;
using static Convoy.Onnx.Export.OnnxAttribute;

namespace Convoy.Tests.Fuzzing;

/// <summary>ONNX models: small ones of many operators, changed byte by byte and field by field.</summary>
public sealed class OnnxFuzz : ReaderFuzz
{
    private static readonly ModelProto[] Models =
    [
        new TinyModel().Input("x", -1, 3, 6, 5).Random("w", 4, 3, 3, 3).Random("b", 4).Random("s", 4).Positive("v", 4).Random("fc", 12, 10)
            .Node("Conv x w b -> c", Ints("pads", 1, 1, 1, 1), Ints("strides", 2, 2)).Node("BatchNormalization c s s s v -> n").Node("Relu n -> r")
            .Node("MaxPool r -> p", Ints("kernel_shape", 2, 2), Int("ceil_mode", 1)).Node("Flatten p -> f").Node("Gemm f fc -> g").Node("Softmax g -> y").Output("y").Proto,
        new TinyModel(13).Input("x", 1, 4, 6, 3).Integers("flat", -1, 72).Random("w", 72, 5).Random("m", 3).Integers("sizes", 1, 2)
            .Node("Sub x m -> u").Node("Transpose u -> t", Ints("perm", 0, 3, 1, 2)).Node("Split t sizes -> a b", Int("axis", 1)).Node("Concat b a -> c", Int("axis", 1))
            .Node("Transpose c -> l", Ints("perm", 0, 2, 3, 1)).Node("Reshape l flat -> f").Node("MatMul f w -> y").Output("y", "c").Proto,
        new TinyModel(11).Input("x", 2, 4, 6, 8).Reals("sc", [4], 1, 1, 2, 2).Integers("zero", 0).Integers("rest", -1).Integers("pads", 0, 0, 1, 0, 0, 0, 0, 2).Integers("shape", 4, 1, 1)
            .Node("Shape x -> s").Node("Gather s zero -> n", Int("axis", 0)).Node("Concat n rest -> v", Int("axis", 0)).Node("Pad x pads -> p").Node("Resize p _ sc -> z", Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor"))
            .Node("ConstantOfShape shape -> k").Node("Add z k -> q").Node("Reshape q v -> y").Output("y").Proto,
        new TinyModel(18).Input("x", 1, 4, 4, 4).Integers("from", 0, 1).Integers("to", 3, 9).Integers("axes", 1, 3).Integers("steps", 2, 1).Integers("hw", 2, 3)
            .Node("SpaceToDepth x -> d", Int("blocksize", 2)).Node("DepthToSpace d -> e", Int("blocksize", 2)).Node("Slice e from to axes steps -> s")
            .Node("ReduceMean s hw -> m", Int("keepdims", 0)).Node("Unsqueeze m hw -> u").Node("Mul s u -> y").Output("y").Proto,
    ];

    private protected override int ShortCases => 2000;

    /// <inheritdoc/>
    private protected override long AllocatedAlways => 64 << 20;

    private protected override IReadOnlyList<byte[]> Seeds { get; } = [.. Models.Select(model => model.ToByteArray()), LeNet()];

    private protected override byte[] Make(Random random)
    {
        if (random.Next(3) == 0)
        {
            return Mutation.Of(random, Seeds);
        }

        ModelProto model = Mutation.Any(random, Models).Clone();
        for (int i = random.Next(1, 5); i > 0; i--)
        {
            Change(random, model);
        }

        return model.ToByteArray();
    }

    private protected override void Check(byte[] fuzzCase) => Sentence.ReadOrRefuse<ModelFileException>(() =>
    {
        using ModelFile model = OnnxModel.Load(new MemoryStream(fuzzCase), "fuzz");
        model.Weights!.Validate(model.Network);
        if (model.Outputs.Length != model.Network.Outputs.Length || model.Outputs.Zip(model.Network.Outputs).Any(each => each.First.Count != each.Second.Shape.Count))
        {
            throw new FuzzException("The outputs are not as large as the model says.");
        }
    }, longest: 5000);

    /// <summary>One field of one node, tensor, input or the model as a whole.</summary>
    private static void Change(Random random, ModelProto model)
    {
        GraphProto graph = model.Graph;
        switch (random.Next(8))
        {
            case 0 when graph.Node.Count > 0:
                graph.Node.RemoveAt(random.Next(graph.Node.Count));
                break;
            case 1 when graph.Node.Count > 0:
                graph.Node.Add(Mutation.Any(random, Mutation.Any(random, Models).Graph.Node).Clone());
                break;
            case 2 when graph.Node.Count > 0:
                Rename(random, Mutation.Any(random, graph.Node), graph);
                break;
            case 3 when graph.Node.SelectMany(node => node.Attribute).ToArray() is { Length: > 0 } attributes:
                ChangeAttribute(random, Mutation.Any(random, attributes));
                break;
            case 4 when graph.Initializer.Count > 0:
                ChangeTensor(random, Mutation.Any(random, graph.Initializer));
                break;
            case 5 when graph.Input.Count > 0 && Mutation.Any(random, graph.Input).Type.TensorType.Shape.Dim is { Count: > 0 } dimensions:
                dimensions[random.Next(dimensions.Count)].DimValue = Mutation.EdgeNumber(random, 64);
                break;
            case 6:
                model.OpsetImport[0].Version = random.Next(5, 28);
                break;
            default:
                graph.Output.Add(new ValueInfoProto { Name = graph.Node.SelectMany(node => node.Output).FirstOrDefault() ?? "x" });
                break;
        }
    }

    private static void Rename(Random random, NodeProto node, GraphProto graph)
    {
        string[] names = [.. graph.Node.SelectMany(each => each.Output), .. graph.Initializer.Select(tensor => tensor.Name), .. graph.Input.Select(input => input.Name), ""];
        if (random.Next(3) == 0)
        {
            node.OpType = Mutation.Any(random, Mutation.Any(random, Models).Graph.Node).OpType;
        }
        else if (node.Input.Count > 0)
        {
            node.Input[random.Next(node.Input.Count)] = Mutation.Any(random, names);
        }
    }

    private static void ChangeAttribute(Random random, AttributeProto attribute)
    {
        if (attribute.Ints.Count > 0)
        {
            attribute.Ints[random.Next(attribute.Ints.Count)] = Mutation.EdgeNumber(random, 8);
        }
        else
        {
            attribute.I = Mutation.EdgeNumber(random, 8);
        }
    }

    private static void ChangeTensor(Random random, TensorProto tensor)
    {
        switch (random.Next(3))
        {
            case 0 when tensor.Dims.Count > 0:
                tensor.Dims[random.Next(tensor.Dims.Count)] = Mutation.EdgeNumber(random, 16);
                break;
            case 1 when tensor.Int64Data.Count > 0:
                tensor.Int64Data[random.Next(tensor.Int64Data.Count)] = Mutation.EdgeNumber(random, 16);
                break;
            default:
                tensor.DataType = random.Next(0, 20);
                break;
        }
    }

    private static byte[] LeNet()
    {
        using WeightSet weights = WeightSet.Random(LeNet5.Create(), 1);
        var stream = new MemoryStream();
        OnnxModel.Save(LeNet5.Create(), weights, stream);
        return stream.ToArray();
    }
}
