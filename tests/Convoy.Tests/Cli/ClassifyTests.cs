using System.Text.Json.Nodes;
using Convoy.Cli.Common;
using Convoy.Models;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class ClassifyTests
{
    [Test]
    public async Task Digits_are_read_in_the_order_of_their_paths()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. Enumerable.Range(0, 7).Select(i => folder.WriteDigit($"{6 - i}.png", i))];
        CliRun run = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "json", "--batch", "3"]);
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Error, Is.Empty);
        JsonArray images = run.Json.AsArray();
        Assert.That(images.Select(image => (string)image!["path"]!), Is.EqualTo(paths));
        Assert.That(images.Select(Best), Is.EqualTo(Enumerable.Range(0, 7).Select(DigitFiles.LabelOf)));
        JsonArray predictions = images[0]!["predictions"]!.AsArray();
        Assert.That(predictions, Has.Count.EqualTo(5));
        Assert.That((string)predictions[0]!["label"]!, Is.EqualTo("7"));
        Assert.That(predictions.Select(each => (double)each!["probability"]!), Is.Ordered.Descending);
        Assert.That(predictions.Sum(each => (double)each!["probability"]!), Is.EqualTo(1).Within(0.01));
    }

    [Test]
    public async Task A_file_of_initial_weights_gives_what_its_seed_gives()
    {
        using var folder = new TemporaryFolder();
        string image = folder.WriteDigit("a.png", 0);
        await CliRun.ConvoyAsync("init", "lenet5", folder["w.safetensors"], "--seed", "5");
        CliRun file = await CliRun.ConvoyAsync("classify", "lenet5", image, "--weights", folder["w.safetensors"], "--output", "json");
        CliRun seed = await CliRun.ConvoyAsync("classify", "lenet5", image, "--seed", "5", "--output", "json");
        CliRun other = await CliRun.ConvoyAsync("classify", "lenet5", image, "--seed", "6", "--output", "json");
        Assert.That(file.ExitCode, Is.Zero);
        Assert.That(file.Error, Is.Empty);
        Assert.That(seed.Out, Is.EqualTo(file.Out));
        Assert.That(seed.Error, Does.Contain("weights are random"));
        Assert.That(other.Out, Is.Not.EqualTo(file.Out));
    }

    [Test]
    public async Task Both_devices_answer_the_same()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. Enumerable.Range(0, 5).Select(i => folder.WriteDigit($"{i}.png", i))];
        CliRun fast = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "json", "--top", "10"]);
        CliRun exact = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "json", "--top", "10", "--device", "reference"]);
        for (int i = 0; i < paths.Length; i++)
        {
            Assert.That(Probabilities(fast.Json[i]), Is.EqualTo(Probabilities(exact.Json[i])).Within(1e-4));
        }
    }

    [Test]
    public async Task A_bad_image_is_told_and_the_rest_goes_on()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [folder.WriteDigit("a.png", 0), folder.Write("b.png", "no image"), folder["missing.png"], folder.WriteDigit("c.png", 2)];
        CliRun run = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "json"]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(3));
        Assert.That(run.ErrorLines[0], Does.StartWith("convoy: error: ").And.Contain("b.png"));
        Assert.That(run.ErrorLines[1], Does.Contain("missing.png"));
        Assert.That(run.ErrorLines[2], Is.EqualTo("convoy: 2 of 4 images could not be read."));
        JsonArray images = run.Json.AsArray();
        Assert.That(images.Select(image => image!["error"] is not null), Is.EqualTo(new[] { false, true, true, false }));
        Assert.That(images.Select(image => image!["predictions"] is not null), Is.EqualTo(new[] { true, false, false, true }));
        Assert.That(Best(images[3]), Is.EqualTo(DigitFiles.LabelOf(2)));
    }

    [Test]
    public async Task Nothing_to_read_is_an_error_and_still_json()
    {
        using var folder = new TemporaryFolder();
        folder.Write("notes.txt", "no image");
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", folder.Root, folder["*.png"], "--output", "json");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.Json.AsArray().Select(image => (string)image!["path"]!), Is.EqualTo(new[] { folder.Root, folder["*.png"] }));
        Assert.That(run.ErrorLines[^1], Is.EqualTo("convoy: 2 of 2 images could not be read."));
    }

    [Test]
    public async Task Labels_are_the_lines_of_their_file()
    {
        using var folder = new TemporaryFolder();
        string labels = folder.Write("labels.txt", "zero\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\n");
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", folder.WriteDigit("a.png", 0), "--labels", labels, "--top", "1");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Match(@"a\.png\n\s+99\.\d\d %  seven \(class 7\)\n$"));
    }

    [TestCase("only\nthree\nlabels\n", "3 lines")]
    [TestCase("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "11 lines")]
    public async Task Labels_of_another_number_are_refused(string text, string count)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", "a.png", "--labels", folder.Write("labels.txt", text));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains($"{count}, but lenet5 has 10 classes"));
    }

    [Test]
    public async Task Csv_and_markdown_have_a_row_for_each_prediction_and_error()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [folder.WriteDigit("a,b.png", 0), folder.Write("b.png", "")];
        CliRun csv = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "csv", "--top", "2"]);
        string[] lines = csv.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(4));
        Assert.That(lines[0], Is.EqualTo("path,rank,index,label,probability,error"));
        Assert.That(lines[1], Does.StartWith($"\"{paths[0]}\",1,7,7,0.999"));
        Assert.That(lines[3], Does.StartWith($"{paths[1]},,,,,").And.Contain("is empty"));
        CliRun markdown = await CliRun.ConvoyAsync(["classify", "lenet5", .. paths, "--output", "md", "--top", "2"]);
        Assert.That(markdown.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.Length.EqualTo(5).And.All.StartsWith("| ").And.All.EndsWith(" |"));
    }

    [Test]
    public async Task Scores_that_are_not_numbers_are_still_json()
    {
        using var folder = new TemporaryFolder();
        using (WeightSet weights = WeightSet.Random(LeNet5.Create(), 1))
        {
            using WeightSet poisoned = WeightSet.FromTensors("test", weights.Tensors.Select(tensor =>
            {
                float[] values = new float[tensor.Shape.Count];
                Array.Fill(values, tensor.Name == "fc2.bias" ? float.NaN : 0);
                return (tensor.Name, tensor.Shape, values);
            }));
            poisoned.Save(folder["nan.safetensors"]);
        }

        string image = folder.WriteDigit("a.png", 0);
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", image, "--weights", folder["nan.safetensors"], "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That((string)run.Json[0]!["predictions"]![0]!["probability"]!, Is.EqualTo("NaN"));
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("no weights at all, but long enough for a header")]
    public async Task Bad_weights_are_one_sentence_and_exit_code_1(string text)
    {
        using var folder = new TemporaryFolder();
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", folder.WriteDigit("a.png", 0), "--weights", folder.Write("w.safetensors", text));
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("w.safetensors"));
        Assert.That(run.Out, Is.Empty);
    }

    [Test]
    public async Task Hostile_images_end_in_errors_only()
    {
        string bad = SharedData.Require("images-bad");
        CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", bad, "--output", "json");
        int files = Directory.GetFiles(bad).Length;
        Assert.That(run.Json.AsArray(), Has.Count.EqualTo(files));
        int errors = run.Json.AsArray().Count(image => image!["error"] is not null);
        Assert.That(errors, Is.GreaterThan(0));
        Assert.That(run.ErrorLines[^1], Is.EqualTo($"convoy: {errors} of {files} images could not be read."));
        Assert.That(run.ErrorLines.Count(line => line.StartsWith("convoy: error: ", StringComparison.Ordinal)), Is.EqualTo(errors));
    }

    private static int Best(JsonNode? image) => (int)image!["predictions"]![0]!["index"]!;

    private static double[] Probabilities(JsonNode? image) =>
        [.. image!["predictions"]!.AsArray().OrderBy(each => (int)each!["index"]!).Select(each => (double)each!["probability"]!)];
}
