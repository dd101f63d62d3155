using Convoy.ModelFiles;
using Convoy.Models;

namespace Convoy.Tests.Cli;

/// <summary>What is said of weights that are another model's, or that have other names.</summary>
public sealed class FitMessageTests : FolderFixture
{
    [Test]
    public async Task Weights_of_another_form_are_taken_with_a_note_where_they_fit_and_lead_to_it_where_they_do_not()
    {
        using (WeightSet weights = WeightSet.Random(LeNet5.Create(), 1))
        {
            weights.Save(Folder["w.safetensors"]);
        }

        CliRun taken = await ConvertForAsync("lenet5-relu", "w.safetensors", "a.npz");
        Assert.That(taken.ExitCode, Is.Zero, taken.Error);
        Assert.That(taken.Error, Does.Contain("says that its weights are of lenet5; lenet5-relu takes them"));
        CliRun own = await ConvertForAsync("lenet5", "w.safetensors", "b.npz");
        Assert.That(own.Error, Does.Not.Contain("says that"));
        CliRun refused = await ConvertForAsync("squeezenet1.1", "w.safetensors", "c.npz");
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Error, Does.Contain("instead it has 'conv1.weight', 'conv1.bias', 'conv2.weight' and 7 others"));
        Assert.That(refused.Error, Does.Contain("the tensors fit lenet5 and lenet5-relu"));
    }

    [Test]
    public async Task The_one_tensor_that_hides_a_fit_is_named_and_a_map_that_passes_it_over_lets_the_others_be_found()
    {
        Network network = new NetworkBuilder("n", Shape.Vector(3)).FullyConnected("first", 4).FullyConnected("second", 2).Build();
        Folder.Write("n.json", $$"""{"graph": {{NetworkFile.Describe(network)}}}""");
        using (WeightSet weights = WeightSet.FromTensors("test", [
            ("x.weight", new Shape(4, 3), new float[12]), ("x.bias", new Shape(4), new float[4]), ("junk.weight", new Shape(7), new float[7]),
            ("y.weight", new Shape(2, 4), new float[8]), ("y.bias", new Shape(2), new float[2])]))
        {
            weights.Save(Folder["w.npz"]);
        }

        CliRun refused = await ConvertForAsync(Folder["n.json"], "w.npz", "out.npz");
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.ErrorLines, Has.Length.EqualTo(1).And.One.Contains("by order and shape but for 'junk.weight'").And.One.Contains("'junk.weight = -'"));

        string map = Folder.Write("map", "junk.weight = -\n");
        CliRun taken = await ConvertForAsync(Folder["n.json"], "w.npz", "out.npz", "--map", map, "--strict", "--verbose");
        Assert.That(taken.ExitCode, Is.Zero, taken.Error);
        Assert.That(taken.Error, Does.Contain("  x.weight = first.weight\n  x.bias = first.bias\n  y.weight = second.weight\n  y.bias = second.bias\n"));
    }

    private Task<CliRun> ConvertForAsync(string model, string input, string output, params string[] options) =>
        CliRun.ConvoyAsync(["convert", Folder[input], Folder[output], "--model", model, .. options]);
}
