using Convoy.Cli.Data;
using Convoy.Onnx;
using Convoy.Tests.Onnx;
using Convoy.Tests.Weights.Keras;

namespace Convoy.Tests.Cli;

/// <summary><c>convoy run</c> and <c>convoy export</c>: models on raw tensors, and as ONNX.</summary>
public sealed class RunTests : FolderFixture
{
    [TestCase("x.npy", "y.npy")]
    [TestCase("x.npz", "y.npz")]
    [TestCase("x.pb", "y.pb")]
    public async Task A_shared_model_answers_as_its_authors_say_from_and_to_each_kind_of_file(string input, string output)
    {
        string folder = SharedData.Require("models/lenet-dongkyunk");
        NamedTensor images = NpyFile.Read(Path.Combine(folder, "lenet.input.npy"));
        NamedTensor expected = NpyFile.Read(Path.Combine(folder, "lenet.expected.npy"));
        WriteTensor(Folder[input], images);

        CliRun run = await CliRun.ConvoyAsync(
            "run", Path.Combine(folder, "lenet.onnx"), "--input", Folder[input], "--save-output", Folder[output], "--device", "native", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        NamedTensor answers = ReadTensor(Folder[output]);
        Assert.That(answers.Extents, Is.EqualTo(expected.Extents));
        Assert.That(answers.Values, Is.EqualTo(expected.Values).Within(1e-4f));
        Assert.That((double)run.Json[0]!["max"]!, Is.EqualTo(answers.Values.Max()));
    }

    [Test]
    public async Task Many_batches_answer_as_one()
    {
        NpyFile.Write(Folder["x.npy"], new NamedTensor("input", [19, 1, 32, 32], TestData.Reals(19 * 1024, 6)));
        CliRun one = await CliRun.ConvoyAsync("run", "lenet5", "--input", Folder["x.npy"], "--save-output", Folder["one.npy"], "--device", "native");
        CliRun many = await CliRun.ConvoyAsync("run", "lenet5", "--input", Folder["x.npy"], "--save-output", Folder["many.npy"], "--device", "native", "--batch", "1");
        Assert.That((one.ExitCode, many.ExitCode), Is.EqualTo((0, 0)), one.Error + many.Error);
        Assert.That(NpyFile.Read(Folder["many.npy"]).Values, Is.EqualTo(NpyFile.Read(Folder["one.npy"]).Values));
    }

    [Test]
    public async Task An_exported_network_answers_as_the_one_it_was_made_of()
    {
        NamedTensor images = new("input", [3, 1, 32, 32], TestData.Reals(3 * 1024, 5));
        NpyFile.Write(Folder["x.npy"], images);
        CliRun exported = await CliRun.ConvoyAsync("export", "lenet5", Folder["l.onnx"]);
        Assert.That(exported.ExitCode, Is.Zero, exported.Error);
        CliRun byName = await CliRun.ConvoyAsync("run", "lenet5", "--input", Folder["x.npy"], "--save-output", Folder["a.npy"], "--device", "native");
        CliRun byFile = await CliRun.ConvoyAsync("run", Folder["l.onnx"], "--input", $"input={Folder["x.npy"]}", "--save-output", Folder["b.npy"], "--device", "native");
        Assert.That((byName.ExitCode, byFile.ExitCode), Is.EqualTo((0, 0)), byName.Error + byFile.Error);
        Assert.That(NpyFile.Read(Folder["b.npy"]).Values, Is.EqualTo(NpyFile.Read(Folder["a.npy"]).Values));

        // The preset and the class names go along.
        CliRun again = await CliRun.ConvoyAsync("export", Folder["l.onnx"], Folder["m.onnx"]);
        Assert.That(again.ExitCode, Is.Zero, again.Error);
        using Convoy.ModelFiles.ModelFile model = OnnxModel.Load(Folder["m.onnx"]);
        Assert.That(model.Metadata["preset"], Is.EqualTo("mnist"));
        Assert.That(model.Metadata["labels"].Split('\n'), Has.Length.EqualTo(10));

        // So does a preset of one's own, beside the file.
        Folder.Write("m.json", """{"preset": {"name": "own", "order": "grey", "resize_short_side": 0, "scale": 0.01, "mean": [0.13], "deviation": [0.31], "content_side": 28}}""");
        CliRun own = await CliRun.ConvoyAsync("export", Folder["m.onnx"], Folder["n.onnx"]);
        Assert.That(own.ExitCode, Is.Zero, own.Error);
        using Convoy.ModelFiles.ModelFile second = OnnxModel.Load(Folder["n.onnx"]);
        Assert.That(new ModelNotes("n.onnx", second.Metadata).FindPreset()!.Value.Preset, Has.Property("Scale").EqualTo(0.01f).And.Property("Name").EqualTo("own"));
    }

    [Test]
    public async Task Export_says_that_weights_are_random_and_replaces_nothing_unasked()
    {
        CliRun exported = await CliRun.ConvoyAsync("export", "lenet5-relu", Folder["l.onnx"]);
        CliRun again = await CliRun.ConvoyAsync("export", "lenet5-relu", Folder["l.onnx"]);
        CliRun forced = await CliRun.ConvoyAsync("export", "lenet5-relu", Folder["l.onnx"], "--force");
        CliRun wrong = await CliRun.ConvoyAsync("export", "lenet5-relu", Folder["l.bin"]);
        Assert.That(exported.Out, Does.Contain("random weights"));
        Assert.That(exported.Error, Does.Contain("random"));
        Assert.That((again.ExitCode, forced.ExitCode, wrong.ExitCode), Is.EqualTo((1, 0, 2)));
        Assert.That(wrong.Error, Does.Contain(".onnx"));
    }

    [TestCase("wrong.npy", new[] { 2, 3, 32, 32 }, 1, "takes N x 1 x 32 x 32")]
    [TestCase("wrong.txt", new[] { 1, 1, 32, 32 }, 2, ".npy")]
    [TestCase("other=x.npy", new[] { 1, 1, 32, 32 }, 2, "no input 'other'")]
    public async Task What_does_not_fit_is_one_sentence(string input, int[] extents, int exitCode, string named)
    {
        string file = input[(input.IndexOf('=') + 1)..];
        NpyFile.Write(Folder[file], new NamedTensor("x", [.. extents], new float[extents.Aggregate(1, (a, b) => a * b)]));
        CliRun run = await CliRun.ConvoyAsync("run", "lenet5", "--input", input.Replace(file, Folder[file], StringComparison.Ordinal), "--device", "native");
        Assert.That(run.ExitCode, Is.EqualTo(exitCode));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.Error, Does.Contain(named));
    }

    [Test]
    public async Task A_feature_map_of_a_Keras_model_is_written_in_the_models_own_order()
    {
        // 6 rows, 5 columns, 3 channels in; the convolution's 4 channels come out, by the definition of the layer.
        string model = Folder["two.keras"];
        KerasFixture.Rewrite("keras3-functional.keras", model, config => config.Replace(
            "\"output_layers\": [\"dense\", 0, 0]", "\"output_layers\": [[\"conv2d\", 0, 0], [\"dense\", 0, 0]]", StringComparison.Ordinal));
        float[] images = TestData.Reals(2 * 90, 7);
        NpyFile.Write(Folder["x.npy"], new NamedTensor("x", [2, 6, 5, 3], images));
        float[] expected =
        [
            .. images.Chunk(90).SelectMany(image => ChannelsLast.Flatten(ChannelsLast.Conv(
                ChannelsLast.Image(6, 5, 3, i => image[i]), KerasFixture.Array("conv2d.weight"), KerasFixture.Array("conv2d.bias"), 3))).Select(value => (float)value),
        ];

        CliRun run = await CliRun.ConvoyAsync("run", model, "--input", Folder["x.npy"], "--save-output", Folder["y.npz"], "--device", "reference");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        NamedTensor written = NpzFile.Read(Folder["y.npz"]).Single(tensor => tensor.Name == "conv2d");
        Assert.That(written.Extents, Is.EqualTo(new[] { 2, 6, 5, 4 }));
        Assert.That(written.Values, Is.EqualTo(expected).Within(1e-5f));
    }

    [Test]
    public async Task A_model_files_own_weights_can_be_strict_too()
    {
        NpyFile.Write(Folder["x.npy"], new NamedTensor("x", [6, 5, 3], new float[90]));
        string[] common = ["run", KerasFixture.Path("keras3-sequential.keras"), "--input", Folder["x.npy"], "--device", "reference"];
        CliRun run = await CliRun.ConvoyAsync([.. common, "--strict", "--verbose"]);
        CliRun mapped = await CliRun.ConvoyAsync([.. common, "--map", Folder["x.npy"]]);
        CliRun seeded = await CliRun.ConvoyAsync([.. common, "--strict", "--seed", "1"]);
        Assert.That((run.ExitCode, mapped.ExitCode, seeded.ExitCode), Is.EqualTo((0, 2, 2)), run.Error);
    }

    [Test]
    public async Task Export_says_what_changes_for_whoever_uses_the_model_and_keeps_the_outputs_names()
    {
        string model = KerasFixture.Path("keras3-functional.keras");
        CliRun exported = await CliRun.ConvoyAsync("export", model, Folder["m.onnx"]);
        Assert.That(exported.ExitCode, Is.Zero, exported.Error);
        Assert.That(exported.Error, Is.EqualTo(
            "convoy: m.onnx is used otherwise than keras3-functional.keras: images (N x 6 x 5 x 3, channels last) becomes images (N x 3 x 6 x 5).\n"));
        CliRun again = await CliRun.ConvoyAsync("export", Folder["m.onnx"], Folder["n.onnx"]);
        Assert.That(again.Error, Is.Empty);

        // The names are no others, and neither are the answers.
        NpyFile.Write(Folder["last.npy"], new NamedTensor("images", [6, 5, 3], [.. Enumerable.Range(0, 90).Select(i => i / 90f)]));
        NpyFile.Write(Folder["first.npy"], new NamedTensor("images", [3, 6, 5], [.. Enumerable.Range(0, 90).Select(i => (((i % 30) * 3) + (i / 30)) / 90f)]));
        await CliRun.ConvoyAsync("run", model, "--input", Folder["last.npy"], "--save-output", Folder["a.npz"], "--device", "reference");
        await CliRun.ConvoyAsync("run", Folder["n.onnx"], "--input", Folder["first.npy"], "--save-output", Folder["b.npz"], "--device", "reference");
        NamedTensor before = NpzFile.Read(Folder["a.npz"]).Single();
        NamedTensor after = NpzFile.Read(Folder["b.npz"]).Single();
        Assert.That(after.Name, Is.EqualTo("dense").And.EqualTo(before.Name));
        Assert.That(after.Values, Is.EqualTo(before.Values).Within(1e-5f));
    }

    [Test]
    public async Task Arrays_of_one_archive_are_told_apart()
    {
        // Three images for the one input, four for the other.
        string model = Folder.Write("two.onnx", new TinyModel().Input("a", -1, 2).Input("b", -1, 2).Node("Add a b -> y").Output("y").Bytes);
        NpzFile.Write(Folder["x.npz"], [new NamedTensor("a", [3, 2], new float[6]), new NamedTensor("b", [4, 2], new float[8])]);
        CliRun run = await CliRun.ConvoyAsync("run", model, "--input", Folder["x.npz"], "--device", "reference");
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains($"'a' of {Folder["x.npz"]} holds 3 images, but 'b' of {Folder["x.npz"]} 4;"));
        CliRun exported = await CliRun.ConvoyAsync("export", model, Folder["one.onnx"]);
        Assert.That(exported.Error, Does.Contain("a (N x 2), b (N x 2) becomes").And.Contain("(N x 4), one behind the other"));
    }

    private static void WriteTensor(string path, NamedTensor tensor)
    {
        switch (Path.GetExtension(path))
        {
            case ".npy":
                NpyFile.Write(path, tensor);
                break;
            case ".npz":
                NpzFile.Write(path, [tensor]);
                break;
            default:
                OnnxTensorFile.Write(path, tensor);
                break;
        }
    }

    private static NamedTensor ReadTensor(string path) => Path.GetExtension(path) switch
    {
        ".npy" => NpyFile.Read(path),
        ".npz" => NpzFile.Read(path)[0],
        _ => OnnxTensorFile.Read(path),
    };
}
