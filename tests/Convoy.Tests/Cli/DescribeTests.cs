using System.Text.Json.Nodes;
using Convoy.Tests.Weights.Keras;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class DescribeTests
{
    private static readonly (string Name, string Op, int[] Shape, long Parameters, string? Activation)[] AlexNetRows =
    [
        ("conv1", "conv", [96, 55, 55], 34_944, "relu"),
        ("pool1", "maxpool", [96, 27, 27], 0, null),
        ("conv2", "conv", [256, 27, 27], 614_656, "relu"),
        ("pool2", "maxpool", [256, 13, 13], 0, null),
        ("conv3", "conv", [384, 13, 13], 885_120, "relu"),
        ("conv4", "conv", [384, 13, 13], 1_327_488, "relu"),
        ("conv5", "conv", [256, 13, 13], 884_992, "relu"),
        ("pool5", "maxpool", [256, 6, 6], 0, null),
        ("fc6", "fc", [4096], 37_752_832, "relu"),
        ("fc7", "fc", [4096], 16_781_312, "relu"),
        ("fc8", "fc", [1000], 4_097_000, "softmax"),
    ];

    private static readonly (string Name, string Op, int[] Shape, long Parameters, string? Activation)[] LeNetRows =
    [
        ("conv1", "conv", [6, 28, 28], 156, "tanh"),
        ("pool1", "avgpool", [6, 14, 14], 0, null),
        ("conv2", "conv", [16, 10, 10], 2_416, "tanh"),
        ("pool2", "avgpool", [16, 5, 5], 0, null),
        ("conv3", "conv", [120, 1, 1], 48_120, "tanh"),
        ("fc1", "fc", [84], 10_164, "tanh"),
        ("fc2", "fc", [10], 850, "softmax"),
    ];

    [Test]
    public async Task AlexNet_has_every_shape_of_the_published_table()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "alexnet", "--output", "json");
        AssertRows(run, AlexNetRows);
        Assert.That((long)run.Json["parameters"]!, Is.EqualTo(62_378_344));
        Assert.That((long)run.Json["macs"]!, Is.EqualTo(1_135_256_096));
        Assert.That(Numbers(run.Json["input_shape"]), Is.EqualTo(new[] { 3, 227, 227 }));
    }

    [Test]
    public async Task LeNet5_has_every_shape_of_the_published_table()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "lenet5", "--output", "json");
        AssertRows(run, LeNetRows);
        Assert.That((long)run.Json["parameters"]!, Is.EqualTo(61_706));
        Assert.That((long)run.Json["macs"]!, Is.EqualTo(416_520));
    }

    [Test]
    public async Task A_layer_tells_its_window_and_bytes_and_null_for_what_it_has_not()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "alexnet", "--output", "json");
        JsonNode conv2 = run.Json["layers"]![2]!;
        Assert.That((int)conv2["filters"]!, Is.EqualTo(256));
        Assert.That(Numbers(conv2["kernel"]), Is.EqualTo(new[] { 5, 5 }));
        Assert.That(Numbers(conv2["stride"]), Is.EqualTo(new[] { 1, 1 }));
        Assert.That(Numbers(conv2["padding"]), Is.EqualTo(new[] { 2, 2, 2, 2 }));
        Assert.That((long)conv2["macs"]!, Is.EqualTo(256L * 27 * 27 * 96 * 25));
        Assert.That((long)conv2["weight_bytes"]!, Is.EqualTo(4 * 614_656));
        Assert.That((long)conv2["feature_map_bytes"]!, Is.EqualTo(4 * 256 * 27 * 27));
        JsonNode fc6 = run.Json["layers"]![8]!;
        Assert.That(fc6["kernel"], Is.Null);
        Assert.That((float)fc6["dropout"]!, Is.EqualTo(0.5f));
    }

    [Test]
    public async Task The_table_reads_as_papers_print_it()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "alexnet");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.Match(@"conv1 +96 +11 x 11 +4 +0 +96 x 55 x 55 +ReLU +34,944 "));
        Assert.That(run.Out, Does.Contain("pool1 (max)").And.Contain("dropout 0.5, fc6").And.Contain("62,378,344"));
        Assert.That(run.Out, Does.Not.Contain("\u001b").And.Not.Contain("…"), "no ANSI codes and nothing cut where it is no terminal");
    }

    [Test]
    public async Task Csv_has_exact_numbers_and_a_header_for_programs()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", "lenet5", "--output", "csv");
        string[] lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines[0], Is.EqualTo("layer,filters,kernel,stride,padding,output,activation,parameters,macs,weight_bytes,feature_map_bytes"));
        Assert.That(lines[2], Is.EqualTo("conv1,6,5 x 5,1,0,6 x 28 x 28,tanh,156,117600,624,18816"));
        Assert.That(lines, Has.Length.EqualTo(2 + LeNetRows.Length), "a header, the input, the layers, and no total");
    }

    [Test]
    public async Task A_layer_is_named_to_programs_by_its_name_alone()
    {
        CliRun csv = await CliRun.ConvoyAsync("describe", "alexnet", "--output", "csv");
        Assert.That(
            csv.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2).Select(line => line.Split(',')[0]),
            Is.EqualTo(AlexNetRows.Select(row => row.Name)));
    }

    [Test]
    public async Task Shapes_have_one_order_everywhere()
    {
        CliRun table = await CliRun.ConvoyAsync("describe", "lenet5");
        CliRun csv = await CliRun.ConvoyAsync("describe", "lenet5", "--output", "csv");
        CliRun json = await CliRun.ConvoyAsync("describe", "lenet5", "--output", "json");
        CliRun profile = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "reference", "--runs", "1");
        Assert.That(table.Out, Does.Contain(" output C x H x W ").And.Contains(" 6 x 28 x 28 "));
        Assert.That(csv.Out, Does.Contain(",6 x 28 x 28,"));
        Assert.That(Numbers(json.Json["layers"]![0]!["output_shape"]), Is.EqualTo(new[] { 6, 28, 28 }));
        Assert.That(profile.Out, Does.Contain(" output C x H x W ").And.Contains(" 6 x 28 x 28 "));
    }

    [Test]
    public async Task The_models_own_inputs_and_outputs_are_told()
    {
        string model = KerasFixture.Path("keras3-functional.keras");
        CliRun table = await CliRun.ConvoyAsync("describe", model);
        CliRun json = await CliRun.ConvoyAsync("describe", model, "--output", "json");
        Assert.That(table.Out, Does.EndWith("Input: images (N x 6 x 5 x 3, channels last)\nOutput: dense (N x 5)\n"));
        JsonNode input = json.Json["inputs"]![0]!;
        Assert.That(((string)input["name"]!, (bool)input["is_channels_last"]!), Is.EqualTo(("images", true)));
        Assert.That(Numbers(input["shape"]), Is.EqualTo(new[] { 6, 5, 3 }));
        Assert.That((string)json.Json["outputs"]![0]!["name"]!, Is.EqualTo("dense"));
    }

    private static void AssertRows(CliRun run, (string Name, string Op, int[] Shape, long Parameters, string? Activation)[] expected)
    {
        Assert.That(run.ExitCode, Is.Zero);
        JsonArray layers = run.Json["layers"]!.AsArray();
        Assert.That(layers.Select(layer => (string)layer!["name"]!), Is.EqualTo(expected.Select(row => row.Name)));
        for (int i = 0; i < expected.Length; i++)
        {
            JsonNode layer = layers[i]!;
            Assert.That((string)layer["op"]!, Is.EqualTo(expected[i].Op), expected[i].Name);
            Assert.That(Numbers(layer["output_shape"]), Is.EqualTo(expected[i].Shape), expected[i].Name);
            Assert.That((long)layer["parameters"]!, Is.EqualTo(expected[i].Parameters), expected[i].Name);
            Assert.That((string?)layer["activation"], Is.EqualTo(expected[i].Activation), expected[i].Name);
        }
    }

    private static int[] Numbers(JsonNode? list) => [.. list!.AsArray().Select(number => (int)number!)];
}
