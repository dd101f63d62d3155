using System.Collections.Immutable;
using System.Text;
using Convoy.ModelFiles;
using Convoy.Onnx;
using Convoy.Onnx.Format;
using Convoy.Tests.Fuzzing;
using Google.Protobuf;
using static Convoy.Onnx.Export.OnnxAttribute;

namespace Convoy.Tests.Onnx;

/// <summary>What is not imported is named, all of it at once, in a sentence; and so is what is open, damaged or absurd.</summary>
public sealed class ModelRefusalTests
{
    // What reading may allocate whatever the file asks for.
    private const long MostAllocated = 64 << 20;

    // A sentence of many kinds names them all, and one of endless kinds ends.
    private const int Longest = 5000;

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

    [Test]
    public void Every_kind_is_named_and_each_once()
    {
        string[] kinds = [.. Enumerable.Range(0, 30).Select(i => $"Strange{i:D2}")];
        TinyModel model = new TinyModel().Input("x", -1, 3, 4, 4);
        for (int i = 0; i < 40; i++)
        {
            foreach (string kind in kinds)
            {
                model.Node($"{kind} x -> {kind}{i}");
                model.Output($"{kind}{i}");
            }
        }

        string message = Refuse(model);
        Assert.That(message, Does.Contain("1,200 of its nodes cannot be imported: Strange00 'Strange00_0', 'Strange00_30', 'Strange00_60' and 37 more: this operator is not imported; Strange01"));
        Assert.That(kinds, Has.All.Matches<string>(kind => message.Contains($"{kind} '{kind}_", StringComparison.Ordinal)));
    }

    [Test]
    public void One_operator_of_many_reasons_leaves_room_for_the_others()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3, 4, 4);
        for (int i = 0; i < 300; i++)
        {
            model.Node($"Relu x -> r{i}", Int($"colour{i}", 1)).Output($"r{i}");
        }

        string message = Refuse(model.Node("Loop x -> y").Output("y"));
        Assert.That(message, Does.Contain("Relu 'Relu_0': its attribute 'colour0' is not known; ").And.Contain("Relu 'Relu_4', 'Relu_5', 'Relu_6' and 293 more: its attribute 'colour4' is not known, and 295 more reasons; Loop 'Loop_300': "));
    }

    [Test]
    public void A_file_of_many_kinds_makes_no_endless_sentence()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3, 4, 4);
        for (int i = 0; i < 5000; i++)
        {
            model.Node($"Strange{i} x -> y{i}").Output($"y{i}");
        }

        model.Proto.Graph.Output.Clear();
        model.Node($"Concat{string.Concat(Enumerable.Range(0, 5000).Select(i => $" y{i}"))} -> y", Int("axis", 1)).Output("y");
        Assert.That(Refuse(model), Does.Match(@"Strange0 'Strange0_0': this operator is not imported; .*; and 4,9\d\d of other kinds\.$"));
    }

    [Test]
    public void Inputs_outputs_and_nodes_are_named_together()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3).Input("open", -1, -1).Input("whole", -1, 3).Random("w", 3)
            .Node("Relu whole -> a").Node("Strange x -> b").Node("Add open w -> c").Node("Identity w -> d").Node("Relu sparse -> e").Output("a", "b", "c", "d", "e", "f");
        model.Proto.Graph.Input[2].Type.TensorType.ElemType = (int)TensorProto.Types.DataType.Int64;
        model.Proto.Functions.Add(new FunctionProto { Name = "g" });
        model.Proto.Graph.SparseInitializer.Add(new SparseTensorProto { Values = new TensorProto { Name = "sparse" } });
        string message = Refuse(model);
        Assert.That(message, Does.Contain("it has functions of its own ('g')"));
        Assert.That(message, Does.Contain("its tensor 'sparse' is sparse"));
        Assert.That(message, Does.Contain("its input 'open' has the extents [n0, n1]"));
        Assert.That(message, Does.Contain("its input 'whole' is a tensor of int64 numbers"));
        Assert.That(message, Does.Contain("its output 'd' is a constant"));
        Assert.That(message, Does.Contain("its output 'f' is made by no node"));
        Assert.That(message, Does.Contain("; and 1 of its nodes cannot be imported: Strange 'Strange_1'"));
        Assert.That(message, Does.Not.Contain("output 'a'").And.Not.Contain("output 'c'"), "What is made of what is missing is not at fault.");
    }

    private static IEnumerable<TestCaseData> Refusals =>
    [
        Case("training", new TinyModel(15).Input("x", -1, 3).Random("s", 3).Node("BatchNormalization x s s s s -> y", Int("training_mode", 1)), "it is in training mode"),
        Case("training without a word for it", new TinyModel(9).Input("x", -1, 3).Random("s", 3).Node("BatchNormalization x s s s s -> y m v a b"), "it is in training form"),
        Case("another domain", OfDomain(), "operators of the domain 'com.microsoft' are not imported"),
        Case("reflection", new TinyModel().Input("x", -1, 3, 4, 4).Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Pad x p -> y", Text("mode", "reflect")), "its mode is 'reflect'"),
        Case("a resize by half", new TinyModel().Input("x", -1, 3, 4, 4).Reals("s", [4], 1, 1, 0.5f, 0.5f).Node("Resize x _ s -> y"), "it changes an extent by 0.5"),
        Case("a crop", new TinyModel().Input("x", 2, 3, 4, 4).Integers("z", 2, 3, 4, 4).Reals("roi", [8], 0, 0, 0, 0, 1, 1, 1, 0.5f).Node("Resize x roi _ z -> y", Text("coordinate_transformation_mode", "tf_crop_and_resize")), "its coordinate_transformation_mode is 'tf_crop_and_resize'"),
        Case("an unknown rounding", new TinyModel().Input("x", 2, 3, 4, 4).Integers("z", 2, 3, 4, 4).Node("Resize x _ _ z -> y", Text("nearest_mode", "odd")), "its nearest_mode is 'odd'"),
        Case("a resize of the images' number", new TinyModel().Input("x", -1, 3, 4, 4).Integers("z", 7, 3, 8, 8).Node("Resize x _ _ z -> y", Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor")), "it changes the number of images"),
        Case("a resize of an axis twice", new TinyModel(18).Input("x", -1, 3, 4, 4).Reals("s", [2], 2, 2).Node("Resize x _ s -> y", Ints("axes", 2, -2), Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor")), "it names an axis twice"),
        Case("a constant of more extents", new TinyModel().Input("x", -1, 4).Random("c", 1, 1, 4).Node("Add x c -> y"), "its inputs have 2 and 3 extents"),
        Case("slopes of more extents", new TinyModel().Input("x", 2, 4).Random("c", 1, 1, 4).Node("PRelu x c -> y"), "its constant of the extents [1, 1, 4]"),
        Case("a matrix an image", new TinyModel().Input("x", -1, 3, 4).Random("w", 2, 4, 5).Node("MatMul x w -> y"), "it has a matrix for each image"),
        Case("matrices of more extents", new TinyModel().Input("x", -1, 4).Random("w", 2, 4, 5).Node("MatMul x w -> y"), "its inputs have 2 and 3 extents"),
        Case("matrices that fit no axis", new TinyModel().Input("x", -1, 3, 6, 4).Random("w", 2, 4, 5).Node("MatMul x w -> y"), "its constant of the extents [2, 4, 5]"),
        Case("linear resizing", new TinyModel().Input("x", -1, 3, 4, 4).Reals("s", [4], 1, 1, 2, 2).Node("Resize x _ s -> y", Text("mode", "linear")), "its mode is 'linear'"),
        Case("a computed weight", new TinyModel().Input("x", -1, 3, 4, 4).Node("Relu x -> w").Node("Conv x w -> y"), "its weight is computed, where a constant is needed"),
        Case("images joined", new TinyModel().Input("x", -1, 3, 4, 4).Integers("s", -1, 24).Node("Reshape x s -> y"), "does not fit 48 elements"),
        Case("an old version", new TinyModel(6).Input("x", -1, 3).Node("Relu x -> y"), "it is written in version 6 of the operators, and 7 is the oldest that is read"),
        Case("a new version", new TinyModel(26).Input("x", -1, 3).Node("Relu x -> y"), "it is written in version 26 of the operators, and 25 is the newest that is known"),
        Case("other operators alone", OfOtherOperators(), "it imports the operators of 'ai.onnx.ml' alone"),
        Case("two versions", OfTwoVersions(), "it is written in the versions 13 and 17 of the operators at once"),
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
        TinyModel fixedBatch = new TinyModel().Input("x", 2, 3, -1, -1).Node("Relu x -> y").Output("y");
        Assert.That(() => fixedBatch.Load(Shapes("x", 4, 3, 8, 6)), Throws.TypeOf<ModelFileException>().With.Message.Contains("which 4x3x8x6 does not fit"));
        Assert.That(() => fixedBatch.Load(), Throws.TypeOf<ModelFileException>().With.Message.Contains("give them as --input-shape x=2x3x224x224"));
        Assert.That(() => model.Load(Shapes("z", 1, 3, 8, 6)), Throws.TypeOf<ModelFileException>().With.Message.Contains("it has no input 'z'"));
    }

    [Test]
    public void A_stream_alone_is_enough()
    {
        byte[] model = new TinyModel().Input("x", -1, 3).Node("Relu x -> y").Output("y").Bytes;
        using ModelFile file = OnnxModel.Load(new MemoryStream(model));
        Assert.That(file.Network.Output.Name, Is.EqualTo("Relu_0"));
        Assert.That(() => OnnxModel.Load(new MemoryStream(model[1..])), Throws.TypeOf<ModelFileException>().With.Message.StartsWith("The ONNX model in the stream cannot be used: "));
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

    [TestCase("{\"graph\": {}}", "network's JSON", "ModelFormats.Load", "NetworkFile")]
    [TestCase("version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer")]
    public void A_file_of_another_kind_is_named(string text, params string[] named)
    {
        string message = Assert.Throws<ModelFileException>(() => OnnxModel.Load(new MemoryStream(Encoding.UTF8.GetBytes(text)), "own.json"))!.Message;
        Sentence.Check(message);
        Assert.That(message, Does.StartWith("own.json is no ONNX model"));
        Assert.That(named.Where(each => !message.Contains(each, StringComparison.Ordinal)), Is.Empty, message);
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
    public void An_awkward_number_of_pixels_is_looked_into_once()
    {
        // Three primes, any two of which make more than an image may have on a side: a minute, if each node tried all widths.
        TinyModel model = new TinyModel(13).Input("x", -1, 1031, 1033, 1039).Integers("a", 1).Node("Unsqueeze x a -> u");
        for (int i = 0; i < 900; i++)
        {
            model.Node($"Softmax u -> s{i}", Int("axis", 1));
        }

        model.Node($"Sum{string.Concat(Enumerable.Range(0, 900).Select(i => $" s{i}"))} -> y").Output("y");
        Assert.That(Refuse(model), Does.Contain("900 of its nodes cannot be imported: Softmax 'Softmax_1', 'Softmax_2', 'Softmax_3' and 897 more: it works on 1,106,558,897 pixels"));
    }

    [TestCase(1L, 1)]
    [TestCase(1L << 20, 1)]
    [TestCase(3L << 20, 3)]
    [TestCase(1L << 40, 1 << 20)]
    [TestCase(1031L * 1033 * 1031, null)]
    [TestCase((1L << 20) + 7, null)]
    [TestCase(long.MaxValue, null)]
    public void The_least_width_is_found_where_there_is_one(long pixels, int? width) =>
        Assert.That(new Convoy.Onnx.Import.ImageWidths().Find(pixels), Is.EqualTo(width));

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
        Fuzzing.Sentence.Check(e.Message, Longest);
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

    private static TinyModel OfOtherOperators()
    {
        TinyModel model = new TinyModel().Input("x", -1, 3).Node("Relu x -> y");
        model.Proto.OpsetImport[0].Domain = "ai.onnx.ml";
        return model;
    }

    private static TinyModel OfTwoVersions()
    {
        TinyModel model = new TinyModel(13).Input("x", -1, 3).Node("Relu x -> y");
        model.Proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx", Version = 17 });
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
