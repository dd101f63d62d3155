using System.Collections.Immutable;
using Convoy.ModelFiles;
using Convoy.Models;
using Convoy.Tests.Fuzzing;

namespace Convoy.Tests.ModelFiles;

/// <summary>A network that is written as JSON is read back the same, and what is wrong with such a file is one sentence.</summary>
public sealed class NetworkFileTests : FolderFixture
{
    private static readonly IModelFormat[] Formats = [new NetworkFile()];

    [Test]
    public void Each_built_in_network_is_read_back_the_same([ValueSource(typeof(ModelCatalog), nameof(ModelCatalog.Names))] string name)
    {
        ModelCatalog.TryFind(name, out ModelInfo? model);
        AssertReadBack(model!.CreateNetwork());
    }

    [Test]
    public void Random_networks_of_every_layer_are_read_back_the_same([Range(1, 60)] int seed) =>
        AssertReadBack(RandomNetwork.Create(new Random(seed)).Network);

    [Test]
    public void Every_layer_has_a_word()
    {
        IEnumerable<Type> layers = typeof(Layer).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Layer)) && !type.IsAbstract);
        Assert.That(NetworkJson.Layers.Select(each => each.Layer), Is.EquivalentTo(layers));
        Assert.That(NetworkJson.Layers.Select(each => each.Word), Is.Unique);
    }

    [TestCase("""{"layers": []}""", "\"graph\"")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "input", "inputs": [], "layer": {"type": "input", "shape": [1, 0]}}]}}""", "extents are at least 1")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "input", "inputs": [], "layer": {"type": "lstm"}}]}}""", "lstm")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "a", "inputs": ["a"], "layer": {"type": "softmax"}}]}}""", "cycle")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "a", "inputs": ["b"], "layer": {"type": "softmax"}}]}}""", "'b'")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "a", "inputs": [], "layer": {"type": "input", "shape": [3], "color": 1}}]}}""", "color")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "a", "inputs": [], "layer": {"type": "input"}}]}}""", "shape")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "a", "inputs": [], "layer": null}]}}""", "layer")]
    [TestCase("""{"graph": {"name": "n", "outputs": [null], "nodes": [null]}}""", "null")]
    [TestCase("""{"graph": {"name": "n", "nodes": [], "outputs": []}}""", "input")]
    [TestCase("""{"graph": {"name": "n", "outputs": []}}""", "nodes")]
    [TestCase("""{"graph": {"name": "", "nodes": [], "outputs": []}}""", "name")]
    [TestCase("""{"graph": """, "line 1")]
    [TestCase("", "empty")]
    [TestCase("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "Git LFS pointer")]
    [TestCase("<!DOCTYPE html><html></html>", "web page")]
    public void What_is_wrong_with_a_file_is_one_sentence(string text, string named)
    {
        string path = Folder.Write("net.json", text);
        ModelFileException error = Assert.Throws<ModelFileException>(() => ModelFormats.Load(path, Formats).Dispose())!;
        Assert.That(error.Message, Does.Contain(path).And.Contain(named));
        Sentence.Check(error.Message);
    }

    [TestCase("", "1x3x9x9", "its input 'input' has the extents [N, 3, 8, 8], which 1x3x9x9 does not fit.")]
    [TestCase("input", "3x8x8", "its input 'input' has the extents [N, 3, 8, 8], which 3x8x8 does not fit.")]
    [TestCase("q", "1x3x8x8", "has no input 'q', for which there is a shape; its inputs are 'input'.")]
    [TestCase("input", "7x3x8x8", null)]
    public void A_shape_that_is_given_is_the_one_it_has(string name, string shape, string? expected)
    {
        string path = Folder.Write("net.json", $$"""{"graph": {{NetworkFile.Describe(new NetworkBuilder("net", Shape.Image(3, 8, 8)).Relu("relu").Build())}}}""");
        var options = new ModelFileOptions { InputShapes = new Dictionary<string, ImmutableArray<int>> { [name] = [.. shape.Split('x').Select(int.Parse)] } };
        Assert.That(
            () => ModelFormats.Load(path, Formats, options).Dispose(),
            expected is null ? Throws.Nothing : Throws.TypeOf<ModelFileException>().With.Message.EndsWith(expected));
    }

    [Test]
    public void The_example_of_the_documentation_is_read()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "model-files.md"));
        string path = Folder.Write("net.json", text[text.IndexOf("    {\n      \"graph\"", StringComparison.Ordinal)..(text.IndexOf("\n    }\n", StringComparison.Ordinal) + 7)]);
        using ModelFile read = ModelFormats.Load(path, Formats);
        Assert.That(read.Network.ParameterCount, Is.EqualTo(44_426));
        using WeightSet weights = WeightSet.Open(Path.Combine(SharedData.Require("models/lenet-torch-openvino"), "lenet.pth"));
        Assert.That(weights.FitTo(read.Network).Naming, Is.EqualTo(WeightNaming.Same));
    }

    [Test]
    public void Objects_nested_without_end_are_refused()
    {
        string path = Folder.Write("net.json", string.Concat(Enumerable.Repeat("""{"graph":""", 100_000)));
        Assert.That(() => ModelFormats.Load(path, Formats).Dispose(), Throws.TypeOf<ModelFileException>());
    }

    [Test]
    public void A_file_that_is_not_there_and_a_folder_are_named()
    {
        Assert.That(() => ModelFormats.Load(Folder["none.json"], Formats).Dispose(), Throws.TypeOf<ModelFileException>().With.Message.Contains("none.json"));
        Assert.That(() => ModelFormats.Load(Folder.Root, Formats).Dispose(), Throws.TypeOf<ModelFileException>().With.Message.Contains("is a folder"));
    }

    private void AssertReadBack(Network network)
    {
        string path = Folder.Write("net.json", $$"""{"graph": {{NetworkFile.Describe(network)}}, "what else": [1, 2]}""");
        using ModelFile read = ModelFormats.Load(path, Formats);
        Assert.That(read.Network.Name, Is.EqualTo(network.Name));
        Assert.That(Definitions(read.Network), Is.EqualTo(Definitions(network)));
        Assert.That(read.Network.Outputs.Select(output => output.Name), Is.EqualTo(network.Outputs.Select(output => output.Name)));

        static IEnumerable<(string, Layer, string)> Definitions(Network network) =>
            network.Nodes.Select(node => (node.Name, node.Layer, string.Join(' ', node.Inputs.Select(input => input.Name))));
    }
}
