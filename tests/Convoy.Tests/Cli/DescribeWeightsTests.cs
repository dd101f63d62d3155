using System.Text.Json.Nodes;
using Convoy.Cli.Common;
using Convoy.Tests.Weights.Keras;

namespace Convoy.Tests.Cli;

/// <summary><c>convoy describe</c> of a file of weights: the names that a map of names has to have.</summary>
public sealed class DescribeWeightsTests : FolderFixture
{
    [SetUp]
    public void WriteWeights()
    {
        using WeightSet weights = WeightSet.FromTensors("test", [("a.weight", new Shape(2, 3), new float[6]), ("b", new Shape(4), new float[4])]);
        weights.Save(Folder["w.safetensors"], ElementType.Float16);
        weights.Save(Folder["w.npz"]);
    }

    [Test]
    public async Task Each_tensor_is_listed_with_its_type_and_shape_in_every_form()
    {
        CliRun table = await CliRun.ConvoyAsync("describe", Folder["w.safetensors"]);
        CliRun csv = await CliRun.ConvoyAsync("describe", Folder["w.npz"], "--output", "csv");
        CliRun json = await CliRun.ConvoyAsync("describe", Folder["w.safetensors"], "--output", "json");
        Assert.That((table.ExitCode, csv.ExitCode, json.ExitCode), Is.EqualTo((0, 0, 0)), table.Error);
        Assert.That(table.Out, Does.Match(@" a\.weight +Float16 +2 x 3 +6 ").And.Match(@" b +Float16 +4 +4 ").And.Match(@" total +10 "));
        Assert.That(csv.Out, Is.EqualTo("tensor,type,shape,numbers,bytes\na.weight,Float32,2 x 3,6,24\nb,Float32,4,4,16\n"));
        JsonNode tensor = json.Json["tensors"]![0]!;
        Assert.That(((string)tensor["name"]!, (string)tensor["type"]!, tensor["shape"]!.ToJsonString()), Is.EqualTo(("a.weight", "Float16", "[2,3]")));
    }

    [Test]
    public async Task Keras_weights_without_a_network_are_listed_too()
    {
        CliRun run = await CliRun.ConvoyAsync("describe", KerasFixture.Path("keras3.weights.h5"), "--output", "csv");
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        Assert.That(run.Out, Does.Contain("\nconv2d.weight,Float32,4 x 3 x 3 x 3,108,432\n"));
    }

    [Test]
    public async Task What_needs_a_network_refuses_them()
    {
        CliRun compiled = await CliRun.ConvoyAsync("describe", Folder["w.npz"], "--device", "reference");
        CliRun benched = await CliRun.ConvoyAsync("bench", Folder["w.npz"]);
        Assert.That((compiled.ExitCode, benched.ExitCode), Is.EqualTo((ExitCode.WrongUsage, ExitCode.Failed)));
        Assert.That(compiled.Error, Does.Contain("no network to compile"));
        Assert.That(benched.Error, Does.Contain("--weights"));
    }
}
