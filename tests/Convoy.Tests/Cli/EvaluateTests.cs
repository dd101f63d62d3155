using System.Text.Json.Nodes;
using Convoy.Cli.Common;
using Convoy.ModelFiles;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class EvaluateTests
{
    [Test]
    public async Task Both_devices_predict_the_same_digits()
    {
        string mnist = SharedData.Require("mnist");
        string[] common = ["evaluate", "lenet5", "--data", mnist, "--limit", "500", "--output", "json", "--predictions"];
        CliRun fast = await CliRun.ConvoyAsync(common);
        CliRun exact = await CliRun.ConvoyAsync([.. common, "--device", "reference"]);
        Assert.That(fast.ExitCode, Is.Zero);
        Assert.That((long)fast.Json["images"]!, Is.EqualTo(500));
        Assert.That((double)fast.Json["top1"]!, Is.GreaterThanOrEqualTo(0.98));
        Assert.That((double)fast.Json["top5"]!, Is.GreaterThanOrEqualTo((double)fast.Json["top1"]!));
        Assert.That(Numbers(exact.Json["predictions"]), Has.Length.EqualTo(500).And.EqualTo(Numbers(fast.Json["predictions"])));
        Assert.That((string)exact.Json["device"]!, Is.EqualTo("reference"));
    }

    [Test]
    public async Task The_trained_network_reads_99_percent_of_all_test_digits()
    {
        string mnist = SharedData.Require("mnist");
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", mnist, "--device", "native", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That((long)run.Json["images"]!, Is.EqualTo(10_000));
        Assert.That((double)run.Json["top1"]!, Is.GreaterThanOrEqualTo(0.990));
    }

    [Test]
    public async Task The_confusion_matrix_counts_every_image()
    {
        string mnist = SharedData.Require("mnist");
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", mnist, "--limit", "300", "--output", "json", "--split", "train");
        int[][] confusion = [.. run.Json["confusion"]!.AsArray().Select(Numbers)];
        Assert.That(confusion.Sum(row => row.Sum()), Is.EqualTo(300));
        Assert.That((double)run.Json["top1"]!, Is.EqualTo(confusion.Select((row, i) => row[i]).Sum() / 300.0).Within(1e-12));
        Assert.That(run.Json["predictions"], Is.Null);
        Assert.That((double)run.Json["images_per_second"]!, Is.EqualTo(300 / (double)run.Json["seconds"]!).Within(1).Percent);
    }

    [TestCase("{0}")]
    [TestCase("class-{0}")]
    public async Task A_folder_for_each_class_is_read(string nameOfClass)
    {
        using var folder = new TemporaryFolder();
        for (int i = 0; i < 10; i++)
        {
            Directory.CreateDirectory(folder[string.Format(null, nameOfClass, i)]);
        }

        for (int i = 0; i < 30; i++)
        {
            folder.WriteDigit($"{string.Format(null, nameOfClass, DigitFiles.LabelOf(i))}/{i:00}.png", i);
        }

        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", folder.Root, "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That((long)run.Json["images"]!, Is.EqualTo(30));
        Assert.That((double)run.Json["top1"]!, Is.GreaterThan(0.9));
    }

    [Test]
    public async Task Folders_may_be_named_by_label()
    {
        using var folder = new TemporaryFolder();
        string labels = folder.Write("labels.txt", "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n");
        folder.WriteDigit("data/seven/a.png", 0);
        folder.WriteDigit("data/two/a.png", 1);
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", folder["data"], "--labels", labels, "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That((double)run.Json["top1"]!, Is.EqualTo(1));
        Assert.That(Numbers(run.Json["confusion"]![7]), Is.EqualTo(new[] { 0, 0, 0, 0, 0, 0, 0, 1, 0, 0 }));
    }

    [Test]
    public async Task A_bad_image_is_told_and_not_counted()
    {
        using var folder = new TemporaryFolder();
        folder.WriteDigit("7/a.png", 0);
        folder.Write("7/b.png", "no image");
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", folder.Root, "--output", "json", "--predictions");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That((long)run.Json["images"]!, Is.EqualTo(1));
        Assert.That((long)run.Json["errors"]!, Is.EqualTo(1));
        Assert.That((double)run.Json["top1"]!, Is.EqualTo(1));
        Assert.That(Numbers(run.Json["predictions"]), Is.EqualTo(new[] { 7, -1 }));
        Assert.That(run.ErrorLines[^1], Is.EqualTo("convoy: 1 of 2 images could not be read."));
    }

    [Test]
    public async Task Folders_that_say_no_classes_are_refused()
    {
        using var folder = new TemporaryFolder();
        folder.WriteDigit("cats/a.png", 0);
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", folder.Root);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("1 folders, but lenet5 has 10 classes"));
    }

    [Test]
    public async Task A_data_set_of_another_kind_of_image_is_refused()
    {
        CliRun run = await CliRun.ConvoyAsync("evaluate", "alexnet", "--data", SharedData.Require("mnist"), "--seed", "1");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("3 x 227 x 227 (channels, height, width), but MNIST's are 1 x 28 x 28"));
    }

    [Test]
    public async Task A_folder_that_is_not_there_or_empty_is_told()
    {
        using var folder = new TemporaryFolder();
        CliRun missing = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", folder["missing"]);
        CliRun empty = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", folder.Root);
        Assert.That(missing.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(missing.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("does not exist"));
        Assert.That(empty.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(empty.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("holds neither"));
    }

    [Test]
    public async Task A_damaged_data_set_is_told()
    {
        using var folder = new TemporaryFolder();
        folder.Write("t10k-images-idx3-ubyte", "no images");
        folder.Write("t10k-labels-idx1-ubyte", "no labels");
        CliRun run = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", folder.Root);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("t10k-images-idx3-ubyte"));
    }

    [TestCase(0, new[] { 1, 1 }, "Preset own from ")]
    [TestCase(0, new[] { 0, 0 }, "", "--preset", "mnist")]
    [TestCase(2, new int[0], "yields 3 channels", "--preset", "imagenet")]
    public async Task MNISTs_files_are_read_by_the_models_own_preset_or_the_one_asked_for(int exitCode, int[] predictions, string said, params string[] options)
    {
        // Class 0 is the likeliest where the pixels' sum is above 0, and class 1 where it is not.
        using var folder = new TemporaryFolder();
        Network network = new NetworkBuilder("n", Shape.Image(1, 6, 6)).FullyConnected("fc", 10, bias: false).Build();
        const string Own = """{"name": "own", "order": "grey", "resize_short_side": 8, "scale": -0.01, "mean": [0], "deviation": [1]}""";
        string model = folder.Write("n.json", $$"""{"graph": {{NetworkFile.Describe(network)}}, "preset": {{Own}}}""");
        using (var weights = WeightSet.FromTensors("test", [("fc.weight", new Shape(10, 36), [.. Enumerable.Range(0, 360).Select(i => i < 36 ? 1f : 0)])]))
        {
            weights.Save(folder["w.npz"]);
        }

        folder.Write("data/t10k-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4, .. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        folder.Write("data/t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, 2, 3, 4]);
        CliRun run = await CliRun.ConvoyAsync(
            ["evaluate", model, "--data", folder["data"], "--weights", folder["w.npz"], "--device", "reference", "--output", "json", "--predictions", .. options]);
        Assert.That(run.ExitCode, Is.EqualTo(exitCode), run.Error);
        Assert.That(run.Error, Does.Contain(said));
        Assert.That(exitCode == 0 ? Numbers(run.Json["predictions"]) : [], Is.EqualTo(predictions));
    }

    [Test]
    public async Task A_preset_that_nobody_named_is_said_and_suspected_where_the_answers_are_guesses()
    {
        using var folder = new TemporaryFolder();
        Network network = new NetworkBuilder("n", Shape.Image(1, 6, 6)).FullyConnected("fc", 10, bias: false).Build();
        string model = folder.Write("n.json", $$"""{"graph": {{NetworkFile.Describe(network)}}}""");
        using (var weights = WeightSet.FromTensors("test", [("fc.weight", new Shape(10, 36), new float[360])]))
        {
            weights.Save(folder["w.npz"]);
        }

        const int Count = 100;
        folder.Write("data/t10k-images-idx3-ubyte", [0, 0, 8, 3, 0, 0, 0, Count, 0, 0, 0, 1, 0, 0, 0, 1, .. new byte[Count]]);
        folder.Write("data/t10k-labels-idx1-ubyte", [0, 0, 8, 1, 0, 0, 0, Count, .. Enumerable.Range(0, Count).Select(i => (byte)(i % 10))]);
        string[] command = ["evaluate", model, "--data", folder["data"], "--weights", folder["w.npz"], "--device", "reference"];
        CliRun silent = await CliRun.ConvoyAsync(command);
        Assert.That(silent.ExitCode, Is.Zero, silent.Error);
        Assert.That(silent.ErrorLines, Has.Length.EqualTo(2));
        Assert.That(silent.ErrorLines[0], Does.StartWith("convoy: The preset mnist is taken: neither --preset"));
        Assert.That(silent.ErrorLines[1], Does.Contain("--invert").And.Contain("the preset mnist"));
        CliRun told = await CliRun.ConvoyAsync([.. command, "--preset", "mnist"]);
        Assert.That(told.ErrorLines, Has.Length.EqualTo(1));
    }

    private static int[] Numbers(JsonNode? list) => [.. list!.AsArray().Select(number => (int)number!)];
}
