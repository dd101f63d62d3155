using Convoy.ModelFiles;
using Convoy.Onnx.Format;
using Convoy.Tests.Conformance;
using Google.Protobuf;
using static Convoy.Onnx.Export.OnnxAttribute;

namespace Convoy.Tests.Onnx;

/// <summary>What the published cases lack: other versions of the operators, other axes, and chains; ONNX Runtime is the second opinion.</summary>
public sealed class OperatorImportTests
{
    private static readonly long[] Image = [-1, 4, 6, 8];

    private static readonly (string Name, TinyModel Model)[] Models =
    [
        ("conv auto_pad valid", Conv(Text("auto_pad", "VALID"))),
        ("conv auto_pad same upper, strided", Conv(Text("auto_pad", "SAME_UPPER"), Ints("strides", 2, 3))),
        ("conv auto_pad same lower", Conv(Text("auto_pad", "SAME_LOWER"), Ints("strides", 1, 2))),
        ("conv dilated", Conv(Ints("pads", 2, 1, 0, 3), Ints("dilations", 2, 3))),
        ("conv grouped", new TinyModel().Input("x", Image).Random("w", 6, 2, 3, 3).Random("b", 6).Node("Conv x w b -> y", Int("group", 2)).Output("y")),
        ("pool same upper", Of("MaxPool x -> y", Ints("kernel_shape", 3, 2), Ints("strides", 2, 2), Text("auto_pad", "SAME_UPPER"))),
        ("pool same lower, average", Of("AveragePool x -> y", Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), Text("auto_pad", "SAME_LOWER"))),
        ("pool ceil, counted", Of(19, "AveragePool x -> y", Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), Ints("pads", 1, 1, 1, 1), Int("ceil_mode", 1), Int("count_include_pad", 1))),
        ("pool storage order", Of("MaxPool x -> y", Ints("kernel_shape", 2, 2), Int("storage_order", 1))),
        ("softmax 11, axis 1", Of(11, "Softmax x -> y", Int("axis", 1))),
        ("softmax 11, axis 3", Of(11, "Softmax x -> y", Int("axis", 3))),
        ("softmax 11, default", Of(11, "Softmax x -> y")),
        ("softmax 13, axis 1", Of(13, "Softmax x -> y", Int("axis", 1))),
        ("softmax 13, axis 2", Of(13, "Softmax x -> y", Int("axis", 2))),
        ("softmax 13, default", Of(13, "Softmax x -> y")),
        ("log softmax 13, axis -3", Of(13, "LogSoftmax x -> y", Int("axis", -3))),
        ("clip 7", Of(7, "Clip x -> y", Float("min", -0.5f), Float("max", 0.25f))),
        ("clip 7, least alone", Of(7, "Clip x -> y", Float("min", 0f))),
        ("clip 13", new TinyModel(13).Input("x", Image).Scalar("least", -0.5f).Scalar("most", 0.25f).Node("Clip x least most -> y").Output("y")),
        ("dropout 7", Of(7, "Dropout x -> y", Float("ratio", 0.3f))),
        ("dropout 13", new TinyModel(13).Input("x", Image).Scalar("ratio", 0.3f).Node("Dropout x ratio -> y").Output("y")),
        ("pad 7", Of(7, "Pad x -> y", Ints("pads", 0, 0, 1, 2, 0, 0, 3, 0), Float("value", 0.5f))),
        ("pad 13, of channels", new TinyModel(13).Input("x", Image).Integers("pads", 0, 1, 0, 0, 0, 2, 0, 0).Node("Pad x pads -> y").Output("y")),
        ("pad 18, axes", new TinyModel(18).Input("x", Image).Integers("pads", 1, 2).Integers("axes", 3).Scalar("v", 2).Node("Pad x pads v axes -> y").Output("y")),
        ("squeeze 11", new TinyModel(11).Input("x", Image).Node("GlobalAveragePool x -> p").Node("Squeeze p -> y", Ints("axes", 2, 3)).Output("y")),
        ("squeeze 13", new TinyModel(13).Input("x", Image).Node("GlobalMaxPool x -> p").Integers("axes", -1, 2).Node("Squeeze p axes -> y").Output("y")),
        ("unsqueeze 11", new TinyModel(11).Input("x", -1, 5).Node("Unsqueeze x -> y", Ints("axes", 1, 3)).Output("y")),
        ("upsample 7", Of(7, "Upsample x -> y", Floats("scales", 1, 1, 2, 3))),
        ("upsample 9", new TinyModel(9).Input("x", Image).Reals("s", [4], 1, 1, 2, 3).Node("Upsample x s -> y", Text("mode", "nearest")).Output("y")),
        ("resize 10", new TinyModel(10).Input("x", Image).Reals("s", [4], 1, 1, 3, 1).Node("Resize x s -> y").Output("y")),
        ("resize 11, half pixel", Resize(11, "half_pixel", "round_prefer_floor", 2)),
        ("resize 13, asymmetric", Resize(13, "asymmetric", "floor", 3)),
        ("resize 13, default rounding", Resize(13, "half_pixel", "round_prefer_ceil", 3)),
        ("resize 13, sizes", new TinyModel(13).Input("x", 2, 4, 6, 8).Integers("sizes", 2, 4, 12, 24).Node("Resize x _ _ sizes -> y", Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor")).Output("y")),
        ("resize 13, sizes of any batch", new TinyModel(13).Input("x", Image).Node("Shape x -> s").Integers("zero", 0).Node("Gather s zero -> n", Int("axis", 0)).Integers("rest", 4, 12, 24).Node("Concat n rest -> z", Int("axis", 0)).Node("Resize x _ _ z -> y", Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor")).Output("y")),
        ("split 11", Of(11, "Split x -> a y", Int("axis", 1), Ints("split", 1, 3))),
        ("split 13", new TinyModel(13).Input("x", Image).Integers("sizes", 3, 1).Node("Split x sizes -> a b", Int("axis", 1)).Node("Relu a -> y").Node("Neglected b -> z").Output("y")),
        ("split 18, unequal", new TinyModel(18).Input("x", Image).Node("Split x -> a b c", Int("axis", 3), Int("num_outputs", 3)).Output("a", "b", "c")),
        ("slice 9", Of(9, "Slice x -> y", Ints("starts", 1, 2), Ints("ends", 3, -1), Ints("axes", 1, 3))),
        ("slice 13, steps", new TinyModel(13).Input("x", Image).Integers("s", -1, 1).Integers("e", long.MinValue, 7).Integers("a", 1, 3).Integers("t", -2, 2).Node("Slice x s e a t -> y").Output("y")),
        ("reduce mean 13", Of(13, "ReduceMean x -> y", Ints("axes", 2, 3))),
        ("reduce mean 13, no extents", Of(13, "ReduceMean x -> y", Ints("axes", -1, -2), Int("keepdims", 0))),
        ("reduce mean 18, of channels", new TinyModel(18).Input("x", Image).Integers("axes", 1).Node("ReduceMean x axes -> y").Output("y")),
        ("batch normalisation 9", Normalized(9)),
        ("batch normalisation 15", Normalized(15)),
        ("batch normalisation of vectors", new TinyModel(15).Input("x", -1, 5).Random("s", 5).Random("b", 5).Random("m", 5).Positive("v", 5).Node("BatchNormalization x s b m v -> y").Output("y")),
        ("instance normalisation", new TinyModel().Input("x", Image).Random("s", 4).Random("b", 4).Node("InstanceNormalization x s b -> y", Float("epsilon", 0.01f)).Output("y")),
        ("lrn", Of("LRN x -> y", Int("size", 3), Float("alpha", 0.5f), Float("beta", 0.7f), Float("bias", 2))),
        ("prelu, a slope a channel", new TinyModel().Input("x", Image).Random("s", 4, 1, 1).Node("PRelu x s -> y").Output("y")),
        ("prelu, a slope a column", new TinyModel().Input("x", Image).Random("s", 8).Node("PRelu x s -> y").Output("y")),
        ("prelu, one slope", new TinyModel().Input("x", Image).Random("s", 1).Node("PRelu x s -> y").Output("y")),
        ("gelu", Of(20, "Gelu x -> y")),
        ("gelu, tanh", Of(20, "Gelu x -> y", Text("approximate", "tanh"))),
        ("hard swish", Of("HardSwish x -> y")),
        ("hard sigmoid", Of("HardSigmoid x -> y", Float("alpha", 0.3f))),
        ("elu", Of("Elu x -> y", Float("alpha", 0.7f))),
        ("selu", Of("Selu x -> y")),
        ("softplus", Of("Softplus x -> y")),
        ("silu in two nodes", new TinyModel().Input("x", Image).Node("Sigmoid x -> s").Node("Mul x s -> y").Output("y")),
        ("depth to space", Of("DepthToSpace x -> y", Int("blocksize", 2), Text("mode", "CRD"))),
        ("space to depth", Of("SpaceToDepth x -> y", Int("blocksize", 2))),
        ("sub, a number a channel", Constant("Sub x c -> y", 4, 1, 1)),
        ("div, a number a column", Constant("Div c x -> y", 8)),
        ("max, a whole image", Constant("Max x c -> y", 4, 6, 8)),
        ("min, a number a row and channel", Constant("Min x c -> y", 4, 6, 1)),
        ("mul, one number", Constant("Mul c x -> y", 1, 1)),
        ("mean of two", new TinyModel().Input("x", Image).Node("Relu x -> r").Node("Mean x r -> y").Output("y")),
        ("mean of constants", new TinyModel().Input("x", Image).Random("a", 4, 1, 1).Random("b", 8).Random("c", 1).Node("Mean a b c -> m").Node("Add x m -> y").Output("y")),
        ("sum of three", new TinyModel().Input("x", Image).Node("Relu x -> r").Node("Tanh x -> t").Node("Sum x r t -> y").Output("y")),
        ("squeeze and excitation", new TinyModel().Input("x", Image).Random("w", 4, 4, 1, 1).Node("GlobalAveragePool x -> p").Node("Conv p w -> c").Node("Sigmoid c -> g").Node("Mul x g -> y").Output("y")),
        ("excitation as a vector", new TinyModel().Input("x", Image).Random("w", 4, 4).Node("GlobalAveragePool x -> p").Node("Flatten p -> f").Node("MatMul f w -> m").Integers("a", 2, 3).Node("Unsqueeze m a -> u").Node("Sub u x -> y").Output("y")),
        ("concat of columns", new TinyModel().Input("x", Image).Node("Relu x -> r").Node("Concat x r -> y", Int("axis", 3)).Output("y")),
        ("matmul, constant first", new TinyModel().Input("x", Image).Random("w", 3, 6).Node("MatMul w x -> y").Output("y")),
        ("matmul, constant second", new TinyModel().Input("x", Image).Random("w", 8, 5).Node("MatMul x w -> y").Output("y")),
        ("matmul, a constant of four extents", MatMul("x w", 1, 1, 8, 5)),
        ("matmul, a constant of three extents first", MatMul("w x", 1, 3, 6)),
        ("matmul, a matrix a channel", MatMul("x w", 4, 8, 5)),
        ("matmul, a matrix a channel first", MatMul("w x", 1, 4, 3, 6)),
        ("matmul, several matrices", new TinyModel().Input("x", -1, 1, 6, 8).Random("w", 3, 8, 5).Node("MatMul x w -> y").Output("y")),
        ("matmul, several matrices first", new TinyModel().Input("x", -1, 1, 6, 8).Random("w", 3, 5, 6).Node("MatMul w x -> y").Output("y")),
        ("matmul, several matrices of a vector", new TinyModel().Input("x", -1, 1, 1, 8).Random("w", 3, 8, 5).Node("MatMul x w -> y").Output("y")),
        ("matmul, matrices along two axes", new TinyModel().Input("x", -1, 3, 1, 6, 8).Random("w", 3, 2, 8, 5).Node("MatMul x w -> y").Output("y")),
        ("matmul, matrices along two axes first", new TinyModel().Input("x", -1, 1, 3, 6, 8).Random("w", 2, 3, 5, 6).Node("MatMul w x -> y").Output("y")),
        ("matmul, a constant of more extents", new TinyModel().Input("x", 6, 8).Random("w", 2, 8, 5).Node("MatMul x w -> y").Output("y")),
        ("matmul, a vector", MatMul("x w", 8)),
        ("matmul, a vector first", MatMul("w x", 6)),
        ("matmul, channels last", new TinyModel().Input("x", Image).Random("w", 6, 4, 5).Node("Transpose x -> t", Ints("perm", 0, 2, 3, 1)).Node("MatMul t w -> y").Output("y")),
        ("a constant of more extents", new TinyModel().Input("x", 2, 4).Random("c", 1, 1, 4).Random("w", 8, 3).Node("Add x c -> s").Node("Flatten s -> f").Node("MatMul f w -> y").Output("y")),
        ("a number of more extents", new TinyModel().Input("x", 2, 4).Random("c", 1, 1, 1).Random("w", 8, 3).Node("Sub c x -> s").Node("Flatten s -> f").Node("MatMul f w -> y").Output("y")),
        ("a tensor of more extents", new TinyModel().Input("x", 2, 4).Input("z", 1, 2, 4).Random("w", 8, 3).Node("Mul x z -> s").Node("Flatten s -> f").Node("MatMul f w -> y").Output("y")),
        ("a smaller tensor of more extents", new TinyModel().Input("x", 2, 4).Input("z", 1, 1, 4).Random("w", 8, 3).Node("Sub x z -> s").Node("Flatten s -> f").Node("MatMul f w -> y").Output("y")),
        ("gemm of one image", new TinyModel().Input("x", 3, 7).Random("w", 7, 5).Random("c", 3, 1).Node("Gemm x w c -> y", Float("alpha", 0.5f), Float("beta", 2)).Output("y")),
        ("gemm, constant first", new TinyModel().Input("x", 3, 7).Random("w", 3, 4).Random("c", 7).Node("Gemm w x c -> y", Int("transA", 1)).Output("y")),
        ("view by its own size", new TinyModel(11).Input("x", Image).Node("Shape x -> s").Integers("zero", 0).Node("Gather s zero -> n", Int("axis", 0)).Integers("rest", -1).Node("Concat n rest -> v", Int("axis", 0)).Node("Reshape x v -> y").Output("y")),
        ("channel shuffle", new TinyModel().Input("x", Image).Integers("five", 0, 2, 2, 6, 8).Integers("four", 0, 4, 6, 8).Node("Reshape x five -> r").Node("Transpose r -> t", Ints("perm", 0, 2, 1, 3, 4)).Node("Reshape t four -> f").Node("Relu f -> y").Output("y")),
        ("four axes in another order", new TinyModel().Input("x", Image).Integers("five", 0, 2, 2, 6, 8).Node("Reshape x five -> r").Node("Transpose r -> y", Ints("perm", 0, 3, 1, 4, 2)).Output("y")),
        ("transpositions that cancel", new TinyModel().Input("x", Image).Node("Transpose x -> t", Ints("perm", 0, 2, 3, 1)).Node("Relu t -> r").Node("Transpose r -> y", Ints("perm", 0, 3, 1, 2)).Output("y")),
        ("several inputs and outputs", new TinyModel().Input("x", -1, 2, 3, 3).Input("z", -1, 2).Random("w", 18, 2).Node("Flatten x -> f").Node("MatMul f w -> m").Node("Add m z -> y").Node("Relu z -> r").Output("y", "r", "m")),
        ("an output that is an input", new TinyModel().Input("x", Image).Node("Identity x -> y").Node("Identity x -> z").Node("Relu x -> r").Output("y", "z", "r")),
        ("weights behind nodes", new TinyModel().Input("x", -1, 6).Random("w", 2, 3, 4).Integers("s", 6, 4).Node("Reshape w s -> v").Scalar("two", 2).Node("Mul v two -> d").Node("MatMul x d -> y").Output("y")),
        ("one image without batch", new TinyModel().Input("x", 1, 4, 6, 8).Random("w", 3, 4, 3, 3).Node("Conv x w -> c").Integers("s", 0).Node("Squeeze c s -> q").Node("Softmax q -> y", Int("axis", 0)).Output("y")),
        ("constant of shape", new TinyModel().Input("x", Image).Integers("s", 4, 1, 1).Node("ConstantOfShape s -> c").Node("Add x c -> y").Output("y")),
        ("dilated average", Of(19, "AveragePool x -> y", Ints("kernel_shape", 2, 2), Ints("dilations", 2, 3))),
    ];

    private static IEnumerable<TestCaseData> Cases => TestDevices.OnEach(Models.Select(model => new object[] { model.Name }));

    [TestCaseSource(nameof(Cases))]
    public void A_model_answers_as_ONNX_Runtime_does(string name, string device)
    {
        TinyModel model = Models.Single(each => each.Name == name).Model;
        using ModelFile file = model.Load();
        (float[] Values, long[] Extents)[] inputs =
        [
            .. model.Proto.Graph.Input.Select((input, i) =>
            {
                long[] extents = [.. input.Type.TensorType.Shape.Dim.Select(dimension => dimension.HasDimValue ? dimension.DimValue : 3)];
                return (TestData.WideReals((int)extents.Aggregate(1L, (count, extent) => count * extent), 31 + i), extents);
            }),
        ];

        float[][] answers = ModelRun.Run(file, [.. inputs.Select(input => input.Values)], Device.Find(device));
        float[][] expected = OnnxRuntimeOracle.Run(Supported(model), inputs);
        Assert.That(answers, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < answers.Length; i++)
        {
            Agreement.AssertClose(answers[i], expected[i], model.Proto.Graph.Output[i].Name, relativeError: 1e-4);
        }
    }

    // ONNX Runtime crashes on such a model.
    [Test]
    public void Outputs_of_training_that_are_listed_without_a_name_are_left_out()
    {
        TinyModel model = Normalized(9);
        using ModelFile one = model.Load();
        model.Proto.Graph.Node[0].Output.Add(["", "", "", ""]);
        using ModelFile five = model.Load();
        Assert.That(five.Network.Nodes.Select(node => node.Layer), Is.EqualTo(one.Network.Nodes.Select(node => node.Layer)));
    }

    // A node that nothing needs may be of any kind here; ONNX Runtime wants to know them all.
    private static byte[] Supported(TinyModel model)
    {
        ModelProto proto = model.Proto.Clone();
        foreach (NodeProto node in proto.Graph.Node.Where(node => node.OpType == "Neglected").ToArray())
        {
            proto.Graph.Node.Remove(node);
        }

        return proto.ToByteArray();
    }

    private static TinyModel Of(string node, params AttributeProto[] attributes) => Of(17, node, attributes);

    private static TinyModel Of(long operatorSet, string node, params AttributeProto[] attributes) =>
        new TinyModel(operatorSet).Input("x", Image).Node(node, attributes).Output("y");

    private static TinyModel Conv(params AttributeProto[] attributes) =>
        new TinyModel().Input("x", Image).Random("w", 5, 4, 3, 2).Node("Conv x w -> y", attributes).Output("y");

    private static TinyModel Constant(string node, params int[] extents) => new TinyModel().Input("x", Image).Random("c", extents).Node(node).Output("y");

    private static TinyModel MatMul(string inputs, params int[] constant) =>
        new TinyModel().Input("x", Image).Random("w", constant).Node($"MatMul {inputs} -> y").Output("y");

    private static TinyModel Normalized(long operatorSet) => new TinyModel(operatorSet).Input("x", Image)
        .Random("s", 4).Random("b", 4).Random("m", 4).Positive("v", 4)
        .Node("BatchNormalization x s b m v -> y", Float("epsilon", 0.02f), Float("momentum", 0.8f)).Output("y");

    private static TinyModel Resize(long operatorSet, string coordinates, string rounding, float factor) => new TinyModel(operatorSet).Input("x", Image)
        .Reals("roi", [0]).Reals("s", [4], 1, 1, factor, factor)
        .Node("Resize x roi s -> y", Text("coordinate_transformation_mode", coordinates), Text("nearest_mode", rounding)).Output("y");

    private static AttributeProto Floats(string name, params float[] values) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Floats, Floats = { values } };
}
