using Convoy.Tests.Imaging;
using SkiaSharp;

namespace Convoy.Tests.Cli;

/// <summary>Every command takes a network's file where it takes a name; what is noted beside the file counts, and is named.</summary>
public sealed class ModelFileTests : FolderFixture
{
    private string Model => Folder["net.json"];

    [SetUp]
    public async Task DescribeANetwork()
    {
        CliRun described = await CliRun.ConvoyAsync("describe", "lenet5-relu", "--output", "json");
        Folder.Write("net.json", described.Out);
    }

    [Test]
    public async Task Describe_prints_the_same_of_the_file_as_of_the_name()
    {
        CliRun byName = await CliRun.ConvoyAsync("describe", "lenet5-relu", "--output", "json");
        CliRun byFile = await CliRun.ConvoyAsync("describe", Model, "--output", "json");
        Assert.That(byFile.Out, Is.EqualTo(byName.Out));
    }

    [TestCase("bench", "--batch", "1", "--seconds", "0.01")]
    [TestCase("profile", "--runs", "1", "--batch", "1")]
    public async Task A_command_takes_the_file(string command, params string[] options)
    {
        CliRun run = await CliRun.ConvoyAsync([command, Model, "--device", "native", "--output", "json", .. options]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("\"lenet5-relu\""));
    }

    [Test]
    public async Task Classify_and_init_take_the_file_and_its_own_preset_and_labels()
    {
        string weights = Folder["w.safetensors"];
        string image = Folder.Write("digit.png", TestImages.Png(28, 28, (x, y) => new SKColor((byte)(x * 9), (byte)(y * 9), 0)));
        CliRun made = await CliRun.ConvoyAsync("init", Model, weights);
        Assert.That(made.ExitCode, Is.Zero, made.Error);

        CliRun unknown = await CliRun.ConvoyAsync("classify", Model, image, "--weights", weights, "--device", "native");
        Assert.That(unknown.ExitCode, Is.EqualTo(2));
        Assert.That(unknown.Error, Does.Contain("--preset"));

        // The file is JSON itself: what is noted may stand in it.
        string text = await File.ReadAllTextAsync(Model);
        Folder.Write("labels.txt", "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n\n");
        Folder.Write("net.json", text.Insert(text.IndexOf('{') + 1, "\"preset\": \"mnist\", \"labels\": \"labels.txt\","));
        CliRun run = await CliRun.ConvoyAsync("classify", Model, image, "--weights", weights, "--device", "native", "--top", "10");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("zero").And.Contain("nine"));
        Assert.That(run.Error, Does.Contain("Preset mnist and labels from").And.Contain("net.json"));

        CliRun byName = await CliRun.ConvoyAsync("classify", "lenet5-relu", image, "--weights", weights, "--device", "native", "--labels", Folder["labels.txt"], "--top", "10");
        Assert.That(run.Out, Is.EqualTo(byName.Out));
    }

    [TestCase("""{"preset": "imagenot"}""", "imagenot")]
    [TestCase("""{"preset": {"name": "own"}}""", "preset")]
    [TestCase("""{"labels": 7}""", "labels")]
    [TestCase("""{"labels": ["a", "b"]}""", "2 labels")]
    [TestCase("""{"labels": "none.txt", "preset": "mnist"}""", "none.txt")]
    public async Task What_is_wrong_beside_a_model_is_one_sentence(string notes, string named)
    {
        string text = await File.ReadAllTextAsync(Model);
        Folder.Write("net.json", text.Insert(text.IndexOf('{') + 1, notes[1..^1] + ","));
        string image = Folder.Write("digit.png", TestImages.Png(28, 28, (_, _) => SKColors.White));
        string[] preset = notes.Contains("preset", StringComparison.Ordinal) ? [] : ["--preset", "mnist"];
        CliRun run = await CliRun.ConvoyAsync(["classify", Model, image, "--device", "native", .. preset]);
        Assert.That(run.ExitCode, Is.Not.Zero);
        Assert.That(run.Error, Does.Contain(named));
        Assert.That(run.Error.Trim().Split('\n'), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task A_preset_can_be_an_object()
    {
        string text = await File.ReadAllTextAsync(Model);
        const string Own = """{"name": "own", "order": "grey", "resize_short_side": 0, "scale": 0.01, "mean": [0.13], "deviation": [0.31], "content_side": 28}""";
        Folder.Write("net.json", text.Insert(text.IndexOf('{') + 1, $"\"preset\": {Own},"));
        string image = Folder.Write("digit.png", TestImages.Png(28, 28, (_, _) => SKColors.White));
        CliRun run = await CliRun.ConvoyAsync("classify", Model, image, "--device", "native");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("Preset own from"));
    }

    [TestCase("--preset", "mnist", "convoy: Labels from ")]
    [TestCase("--labels", "labels.txt", "convoy: Preset mnist from ")]
    public async Task Only_what_was_taken_from_beside_a_model_is_named(string option, string value, string expected)
    {
        string labels = Folder.Write("labels.txt", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        string text = await File.ReadAllTextAsync(Model);
        Folder.Write("net.json", text.Insert(text.IndexOf('{') + 1, "\"preset\": \"mnist\", \"labels\": \"labels.txt\","));
        string image = Folder.Write("digit.png", TestImages.Png(28, 28, (_, _) => SKColors.White));
        CliRun run = await CliRun.ConvoyAsync("classify", Model, image, "--device", "native", option, value == "mnist" ? value : labels);
        Assert.That(run.ErrorLines[0], Does.StartWith(expected).And.EndsWith("net.json."));
    }

    [Test]
    public async Task Notes_that_cannot_be_used_stop_only_what_needs_them()
    {
        string model = Folder["m.model"];
        File.Copy(Model, model);
        Folder.Write("m.json", "[\"of another program\"]");
        string image = Folder.Write("digit.png", TestImages.Png(28, 28, (_, _) => SKColors.White));
        string labels = Folder.Write("labels.txt", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
        CliRun described = await CliRun.ConvoyAsync("describe", model);
        Assert.That(described.ExitCode, Is.Zero, described.Error);
        CliRun classified = await CliRun.ConvoyAsync("classify", model, image, "--device", "native", "--preset", "mnist");
        Assert.That(classified.ExitCode, Is.EqualTo(1));
        Assert.That(classified.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("m.json"));
        CliRun told = await CliRun.ConvoyAsync("classify", model, image, "--device", "native", "--preset", "mnist", "--labels", labels);
        Assert.That(told.ExitCode, Is.Zero, told.Error);
    }

    [Test]
    public async Task A_shape_for_a_built_in_network_and_one_that_is_none_are_wrong_usage()
    {
        CliRun builtIn = await CliRun.ConvoyAsync("describe", "lenet5", "--input-shape", "1x1x32x32");
        CliRun none = await CliRun.ConvoyAsync("describe", Model, "--input-shape", "1xcatx32");
        Assert.That((builtIn.ExitCode, none.ExitCode), Is.EqualTo((2, 2)));
        Assert.That(builtIn.Error, Does.Contain("--input-shape"));
        Assert.That(none.Error, Does.Contain("1xcatx32"));
    }

    [Test]
    public async Task Weights_given_as_a_model_are_named()
    {
        string weights = Folder["w.safetensors"];
        await CliRun.ConvoyAsync("init", "lenet5", weights);
        CliRun run = await CliRun.ConvoyAsync("bench", weights);
        Assert.That(run.ExitCode, Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("safetensors").And.Contain("--weights"));
    }

    [TestCase("classify", "digit.png")]
    [TestCase("bench", "--batch", "1", "--seconds", "0.01")]
    [TestCase("profile", "--runs", "1", "--batch", "1")]
    public async Task Of_several_outputs_a_command_that_scores_takes_the_first_and_says_so(string command, params string[] options)
    {
        Folder.Write("digit.png", TestImages.Png(28, 28, (_, _) => SKColors.White));
        string text = await File.ReadAllTextAsync(Model);
        int outputs = text.LastIndexOf("\"prob\"", StringComparison.Ordinal);
        Folder.Write("net.json", text.Insert(outputs + 6, ", \"fc1.relu\"").Insert(text.IndexOf('{') + 1, "\"preset\": \"mnist\","));
        CliRun run = await CliRun.ConvoyAsync([command, Model, .. options.Select(option => option == "digit.png" ? Folder[option] : option), "--device", "native"]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Error, Does.Contain("2 outputs").And.Contain("'prob'"));
    }
}
