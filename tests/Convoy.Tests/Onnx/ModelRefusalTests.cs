using System.Collections.Immutable;
using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Google.Protobuf;
using static Convoy.Onnx.Export.OnnxAttribute;

namespace Convoy.Tests.Onnx;

/// <summary>What is not imported is named, all of it at once, in a sentence; and so is what is open, damaged or absurd.</summary>
public sealed class ModelRefusalTests
{
    // What reading may allocate whatever the file asks for.
    private const long MostAllocated = 64 << 20;

    [Test]
    public void All_nodes_that_are_not_imported_are_named_at_once()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3, 4, 4)
            .Node("NonMaxSuppression x -> a").Node("Relu a -> b").Node("Loop x -> c").Node("Pad x -> d", Text("mode", "reflect"))
            .Node("QLinearConv b -> e").Node("MaxPool x -> f", Ints("kernel_shape", 2, 2), Int("colour", 1)).Output("b", "c", "d", "e", "f");
        string message = Refuse(model);
        Assert.That(message, Does.StartWith("The ONNX model tiny cannot be used: 5 of its nodes cannot be imported: "));
        Assert.That(message, Does.Contain("NonMaxSuppression 'NonMaxSuppression_0': this operator is not imported"));
        Assert.That(message, Does.Contain("Loop 'Loop_2': control flow is not imported"));
        Assert.That(message, Does.Contain("Pad 'Pad_3': its input 1 is left out"));
        Assert.That(message, Does.Contain("QLinearConv 'QLinearConv_4'"));
        Assert.That(message, Does.Contain("MaxPool 'MaxPool_5': its attribute 'colour' is not known"));
        Assert.That(message, Does.Not.Contain("Relu"), "Who reads what is missing is not at fault.");
    }

    private static IEnumerable<TestCaseData> Refusals =>
    [
        Case("training", new TinyModel(15).Input("x", -1, 3).Random("s", 3).Node("BatchNormalization x s s s s -> y", Int("training_mode", 1)), "it is in training mode"),
        Case("another domain", OfDomain(), "operators of the domain 'com.microsoft' are not imported"),
        Case("reflection", new TinyModel().Input("x", -1, 3, 4, 4).Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad x p -> y", Text("mode", "reflect")), "its mode is 'reflect'"),
        Case("a resize by half", new TinyModel().Input("x", -1, 3, 4, 4).Reals("s", [4], 1, 1, 0.5f, 0.5f).Node("Resize x _ s -> y"), "it changes an extent by 0.5"),
        Case("linear resizing", new TinyModel().Input("x", -1, 3, 4, 4).Reals("s", [4], 1, 1, 2, 2).Node("Resize x _ s -> y", Text("mode", "linear")), "its mode is 'linear'"),
        Case("a computed weight", new TinyModel().Input("x", -1, 3, 4, 4).Node("Relu x -> w").Node("Conv x w -> y"), "its weight is computed, where a constant is needed"),
        Case("images joined", new TinyModel().Input("x", -1, 3, 4, 4).Integers("s", -1, 24).Node("Reshape x s -> y"), "does not fit 48 elements"),
        Case("an old version", new TinyModel(6).Input("x", -1, 3).Node("Relu x -> y"), "it is written in version 6 of the operators, and 7 is the oldest that is read"),
        Case("a new version", new TinyModel(26).Input("x", -1, 3).Node("Relu x -> y"), "it is written in version 26 of the operators, and 25 is the newest that is known"),
        Case("a cycle", new TinyModel().Input("x", -1, 3).Node("Add x b -> a").Node("Relu a -> b").Node("Relu b -> y"), "reads in a circle"),
        Case("a value that nothing makes", new TinyModel().Input("x", -1, 3).Node("Add x b -> y"), "reads 'b', which nothing makes"),
        Case("a value twice", new TinyModel().Input("x", -1, 3).Node("Relu x -> y").Node("Tanh x -> y"), "two nodes of it make 'y'"),
        Case("whole numbers in", OfIntegers(), "its input 'x' is a tensor of int64 numbers, not of real numbers"),
        Case("no input", new TinyModel().Random("w", 3).Node("Relu w -> y"), "it has no input"),
        Case("a constant out", new TinyModel().Input("x", -1, 3).Random("w", 3).Node("Identity w -> y"), "its output 'y' is a constant"),
        Case("an absurd extent", new TinyModel().Input("x", -1, 3, 1 << 30, 1 << 30).Node("Relu x -> y"), "extent"),
        Case("an absurd window", new TinyModel().Input("x", -1, 3, 4, 4).Node("MaxPool x -> y", Ints("kernel_shape", 1 << 30, 2), Ints("pads", 1 << 30, 0, 0, 0)), "kernel"),
        Case("an absurd constant", new TinyModel().Input("x", -1, 3).Integers("s", 1 << 30, 1 << 30).Node("ConstantOfShape s -> c").Node("Add x c -> y"), "more than 1,073,741,824 bytes"),
        Case("extents beyond counting", new TinyModel().Input("x", -1, 3).Integers("s", int.MaxValue, int.MaxValue, int.MaxValue).Node("ConstantOfShape s -> c").Node("Add x c -> y"), "more elements than can be counted"),
        Case("a constant that is spread out", new TinyModel().Input("x", -1, 3).Integers("s", 1 << 14, 1 << 14).Node("ConstantOfShape s -> c").Node("Mul c c -> d").Node("MatMul x d -> y"), "much larger than the whole model"),
        Case("a repeated upsampling", Doubling(), "larger than"),
        Case("a great many extents", new TinyModel().Input("x", -1, 3).Integers("s", [0, 3, .. Enumerable.Repeat(1L, 5000)]).Node("Reshape x s -> y"), "extents has more than 32"),
        Case("a sum of too many", new TinyModel().Input("x", -1, 3).Node($"Sum{string.Concat(Enumerable.Repeat(" x", 70_000))} -> y"), "more than 65,536 layers"),
        Case("a second output", new TinyModel().Input("x", -1, 3, 4, 4).Node("MaxPool x -> a i", Ints("kernel_shape", 2, 2)).Node("Relu i -> y"), "its output 'i' (indices, a mask or statistics) is not computed"),
        Case("functions", OfFunctions(), "it has functions of its own ('f')"),
        Case("sparse tensors", OfSparse(), "its tensor 'sparse' is sparse"),
    ];

    [TestCaseSource(nameof(Refusals))]
    public void A_model_that_cannot_be_used_says_why(TinyModelCase model) => Assert.That(Refuse(model.Model), Does.Contain(model.Reason));

    [Test]
    public void Open_extents_are_asked_for_and_taken()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3, -1, -1).Node("GlobalAveragePool x -> p").Node("Flatten p -> y").Output("y");
        Assert.That(
            () => model.Load(),
            Throws.TypeOf<ModelFileException>().With.Message.Contains("its input 'x' has the extents [n0, 3, n2, n3], which leave some open; give them as --input-shape x=1x3x224x224"));

        using ModelFile file = model.Load(Shapes("x", 1, 3, 8, 6));
        Assert.That(file.Network.Input.Shape, Is.EqualTo(Shape.Image(3, 8, 6)));
        using ModelFile unnamed = model.Load(Shapes("", 1, 3, 9, 5));
        Assert.That(unnamed.Network.Input.Shape, Is.EqualTo(Shape.Image(3, 9, 5)));
    }

    [Test]
    public void A_shape_that_does_not_fit_is_refused()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3, -1, -1).Node("Relu x -> y").Output("y");
        Assert.That(() => model.Load(Shapes("x", 1, 4, 8, 6)), Throws.TypeOf<ModelFileException>().With.Message.Contains("which 1x4x8x6 does not fit"));
        Assert.That(() => model.Load(Shapes("x", 3, 8, 6)), Throws.TypeOf<ModelFileException>().With.Message.Contains("has 4 extents"));
        Assert.That(() => model.Load(Shapes("z", 1, 3, 8, 6)), Throws.TypeOf<ModelFileException>().With.Message.Contains("it has no input 'z'"));
    }

    [Test]
    public void Every_truncation_is_refused_or_another_model()
    {
        byte[] whole = new TinyModel().Input("x", -1, 3).Random("w", 3, 2).Node("MatMul x w -> m").Node("Softmax m -> y").Output("y").Bytes;
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.That(() => OnnxModel.Load(new MemoryStream(whole[..length]), "cut"), Throws.TypeOf<ModelFileException>(), $"{length} bytes");
        }
    }

    [Test]
    public void A_file_cut_short_is_a_damaged_model_and_not_one_of_another_kind([Values(200, 3000, 9000)] int length)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = new byte[10_000];
        byte[] begin = [0x08, 0x08, 0x3A, 0x88, 0x4E];
        begin.CopyTo(whole, 0);
        string path = folder.Write("cut.onnx", whole[..length]);
        Assert.That(
            () => ModelFormats.Load(path, [new NetworkFile(), new OnnxFormat()]).Dispose(),
            Throws.TypeOf<ModelFileException>().With.Message.StartsWith("The ONNX model ").And.Message.Contains("cut.onnx"));
    }

    [Test]
    public void Empty_messages_without_end_are_refused_before_they_are_parsed()
    {
        // A graph of a million nodes of nothing, two bytes each.
        byte[] nodes = [.. Enumerable.Repeat<byte[]>([0x0A, 0x00], 1_000_000).SelectMany(each => each)];
        var output = new MemoryStream();
        using (var writer = new CodedOutputStream(output, leaveOpen: true))
        {
            writer.WriteTag(7, WireFormat.WireType.LengthDelimited);
            writer.WriteBytes(ByteString.CopyFrom(nodes));
        }

        output.Position = 0;
        Assert.That(() => OnnxModel.Load(output, "nodes"), Throws.TypeOf<ModelFileException>().With.Message.Contains("it has more than 262,144 nodes"));
    }

    [Test]
    public void Nodes_may_all_have_one_name()
    {
        TinyModel model = new TinyModel().Input("v0", -1, 3);
        for (int i = 0; i < 3000; i++)
        {
            model.Node($"Relu v{i} -> v{i + 1}");
            model.Proto.Graph.Node[i].Name = "same";
        }

        using ModelFile file = model.Output("v3000").Load();
        Assert.That(file.Network.Output.Name, Is.EqualTo("same_3000"));
    }

    [Test]
    public void A_long_chain_is_no_deeper_than_a_short_one()
    {
        TinyModel model = new TinyModel().Input("v0", -1, 3);
        for (int i = 0; i < 5000; i++)
        {
            model.Node($"Relu v{i} -> v{i + 1}");
        }

        using ModelFile file = model.Output("v5000").Load();
        Assert.That(file.Network.Nodes, Has.Length.EqualTo(5001));
    }

    private static string Refuse(TinyModel model)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelFileException e = Assert.Throws<ModelFileException>(() => model.Load())!;
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(MostAllocated));
        Fuzzing.Sentence.Check(e.Message);
        return e.Message;
    }

    private static TestCaseData Case(string name, TinyModel model, string reason) =>
        new TestCaseData(new TinyModelCase(model.Proto.Graph.Output.Count == 0 ? model.Output("y") : model, reason)).SetArgDisplayNames(name);

    private static ModelFileOptions Shapes(string name, params ImmutableArray<int> extents) =>
        new() { InputShapes = new Dictionary<string, ImmutableArray<int>> { [name] = extents } };

    private static TinyModel OfDomain()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3).Node("FusedGemm x -> y");
        model.Proto.Graph.Node[0].Domain = "com.microsoft";
        return model;
    }

    private static TinyModel OfIntegers()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3).Node("Relu x -> y");
        model.Proto.Graph.Input[0].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        return model;
    }

    private static TinyModel OfFunctions()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3).Node("Relu x -> y");
        model.Proto.Functions.Add(new FunctionProto { Name = "f" });
        return model;
    }

    private static TinyModel OfSparse()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3).Node("Relu x -> y");
        model.Proto.Graph.SparseInitializer.Add(new SparseTensorProto { Values = new TensorProto { Name = "sparse" } });
        return model;
    }

    /// <summary>Thirty times twice as large.</summary>
    private static TinyModel Doubling()
    {
        TinyModel model = new TinyModel().Input("v0", -1, 1, 2, 2).Reals("s", [4], 1, 1, 2, 2);
        for (int i = 0; i < 30; i++)
        {
            model.Node($"Upsample v{i} s -> v{i + 1}");
        }

        return model.Output("v30");
    }
}

/// <summary>A model and a piece of the sentence that refuses it.</summary>
public sealed record TinyModelCase
{
    internal TinyModelCase(TinyModel model, string reason) => (Model, Reason) = (model, reason);

    internal TinyModel Model { get; }

    internal string Reason { get; }
}
