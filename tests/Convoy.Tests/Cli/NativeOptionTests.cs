using System.Text.Json.Nodes;
using Convoy.Tests.Backends;

namespace Convoy.Tests.Cli;

/// <summary>What is asked of the native device alone, through the commands that compile.</summary>
[TestFixture]
public sealed class NativeOptionTests
{
    private static readonly string[] Precisions = ["fp32", "fp16", "bf16"];

    [Test]
    public async Task Bench_measures_every_precision_asked_for()
    {
        CliRun run = await CliRun.ConvoyAsync(
            "bench", "lenet5", "--device", "native", "--batch", "1", "--precision", "fp32,fp16,bf16", "--convolution", "direct", "--seconds", "0.01", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json.AsArray().Select(each => (string)each!["precision"]!), Is.EqualTo(Precisions));
    }

    [Test]
    public async Task Profile_tells_the_precision_the_algorithm_and_why_it_was_chosen()
    {
        CliRun run = await CliRun.ConvoyAsync(
            "profile", "lenet5", "--device", "native", "--batch", "4", "--runs", "1", "--precision", "bf16", "--convolution", "winograd", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That((string)run.Json["precision"]!, Is.EqualTo("bf16"));
        JsonNode conv2 = Layer(run, "conv2");
        Assert.That((string)conv2["algorithm"]!, Does.StartWith("winograd-"));
        Assert.That((string)conv2["choice"]!, Does.StartWith("of winograd-6 1.00, winograd-8 ").And.EndsWith(": by cost"));
        Assert.That(Layer(run, "fc1")["choice"], Is.Null);
    }

    [Test]
    public async Task A_verbose_profile_tells_the_choices_in_the_table_too()
    {
        string[] arguments = ["profile", "lenet5", "--device", "native", "--batch", "4", "--runs", "1", "--convolution", "winograd8"];
        CliRun brief = await CliRun.ConvoyAsync(arguments);
        CliRun verbose = await CliRun.ConvoyAsync([.. arguments, "--verbose"]);
        Assert.That(brief.Out, Does.Contain("winograd-8 (").And.Not.Contain("asked for"));
        Assert.That(verbose.Out, Does.Match(@"\nconv2: winograd-8 \(\w+\), asked for\n"));
    }

    [Test]
    public async Task Describe_tells_what_a_device_would_do()
    {
        CliRun run = await CliRun.ConvoyAsync(
            "describe", "lenet5", "--device", "native", "--batch", "16", "--precision", "fp16", "--convolution", "winograd8", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That((string)run.Json["device"]!, Is.EqualTo("native"));
        Assert.That((string)run.Json["precision"]!, Is.EqualTo("fp16"));
        Assert.That((int)run.Json["batch"]!, Is.EqualTo(16));
        Assert.That((string)Layer(run, "conv1")["algorithm"]!, Does.StartWith("winograd-8 ("));
        Assert.That((string)Layer(run, "conv1")["choice"]!, Is.EqualTo("asked for"));
        Assert.That((long)Layer(run, "fc1")["packed_bytes"]!, Is.GreaterThanOrEqualTo(2 * 120 * 84).And.LessThan(3 * 120 * 84), "two bytes a weight");
        Assert.That((string)Layer(run, "pool1")["algorithm"]!, Does.StartWith("simple ("));
    }

    [Test]
    public async Task Describe_tells_of_each_layer_that_a_chain_computes_it_and_its_weights_once()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "lenet5", "--device", "native", "--batch", "64", "--output", "json");
        JsonArray layers = run.Json["layers"]!.AsArray();
        Assert.That(layers.Select(layer => (string?)layer!["algorithm"]), Has.All.StartWith("images in lanes ("));
        Assert.That(layers.Select(layer => (long)layer!["packed_bytes"]!).Count(bytes => bytes > 0), Is.EqualTo(1));
    }

    [Test]
    public async Task Describe_of_any_device_has_its_columns()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "lenet5", "--device", "reference");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Match(@"layer .* algorithm +packed, MB +choice"));
        Assert.That(run.Out, Does.Contain("Compiled for 'reference' ("));
        CliRun bare = await CliRun.ConvoyAsync("describe", "lenet5");
        Assert.That(bare.Out, Does.Not.Contain("algorithm").And.Not.Contain("Compiled"), "nothing is compiled that is not asked for");
    }

    [Test]
    public async Task Describe_compiles_for_the_default_device_where_only_an_option_is_given()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "lenet5", "--batch", "3", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That((int)run.Json["batch"]!, Is.EqualTo(3));
        Assert.That((string)run.Json["device"]!, Is.EqualTo(Convoy.Runtime.Device.Default.Name));
    }

    [Test]
    public async Task Evaluate_tells_the_precision_of_every_device()
    {
        using var folder = new TemporaryFolder();
        folder.WriteDigit("7/a.png", 0);
        CliRun narrow = await EvaluateAsync("native", "--precision", "fp16");
        CliRun both = await EvaluateAsync("native,reference");
        Assert.That((string)narrow.Json["precision"]!, Is.EqualTo("fp16"));
        Assert.That((string)both.Json["precision"]!, Is.EqualTo("fp32,fp64"));

        Task<CliRun> EvaluateAsync(string device, params string[] further) => CliRun.ConvoyAsync(
            ["evaluate", "lenet5", "--data", folder.Root, "--device", device, "--output", "json", .. further]);
    }

    [Test]
    public async Task Classify_reads_a_digit_in_every_precision()
    {
        using var folder = new TemporaryFolder();
        string digit = folder.WriteDigit("a.png", 0);
        foreach (string precision in Precisions)
        {
            CliRun run = await CliRun.ConvoyAsync("classify", "lenet5", digit, "--device", "native", "--precision", precision, "--output", "json");
            Assert.That((int)run.Json[0]!["predictions"]![0]!["index"]!, Is.EqualTo(DigitFiles.LabelOf(0)), precision);
        }
    }

    [Test]
    public async Task A_device_that_does_not_do_what_is_asked_is_named_with_the_one_that_does()
    {
        CliRun precision = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "reference", "--precision", "fp16");
        CliRun algorithm = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "reference", "--convolution", "direct");
        CliRun threads = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "reference", "--threads", "2");
        Assert.That(threads.ErrorLines, Is.EqualTo(new[] { "convoy: error: The device 'reference' has threads of its own; a number of them can be asked for on 'native' only." }));
        Assert.That(precision.ErrorLines, Is.EqualTo(new[] { "convoy: error: The device 'reference' keeps weights as they are; only 'native' stores them in 16 bits." }));
        Assert.That(algorithm.ErrorLines, Has.Length.EqualTo(1).And.All.Contains("'reference'").And.All.Contains("'native'"));
    }

    [Test]
    public void What_one_process_measured_the_next_one_takes()
    {
        using var folder = new CacheFolderOfTest();
        string first = Describe();
        string[] stored = Directory.GetFiles(folder.Path);
        Assert.That(stored, Is.EqualTo(new[] { folder.File }));
        byte[] tuning = File.ReadAllBytes(folder.File);
        Assert.That(first, Does.Contain("by measurement (winograd-"));
        Assert.That(Describe(), Is.EqualTo(first), "the times of the first, to the digit");
        Assert.That(File.ReadAllBytes(folder.File), Is.EqualTo(tuning));

        string Describe()
        {
            CliRun run = CommandProcess.Run(
                CommandProcess.Folder, [("CONVOY_CACHE", folder.Path)], "describe", "alexnet", "--device", "native", "--batch", "2", "--output", "json");
            Assert.That(run.ExitCode, Is.Zero, run.Error);
            return run.Out;
        }
    }

    private static JsonNode Layer(CliRun run, string name) => run.Json["layers"]!.AsArray().Single(layer => (string)layer!["name"]! == name)!;
}
