using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "input", "inputs": [], "layer": {"type": "input", "shape": [1, 0]}}]}}""", "whole numbers of at least 1")]
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

    // Each in a network whose other layers are sound; what the sentence must have of the fault, and of what may stand there.
    [TestCase("""{"type": "lstm"}""", "'a'", "\"lstm\"", "input, conv, fc", "log_softmax")]
    [TestCase("""{"type": 7}""", "'a'", "7", "input, conv, fc")]
    [TestCase("""{"filters": 7}""", "'a'", "'type'", "input, conv, fc")]
    [TestCase("""[]""", "'a'", "[]", "braces")]
    [TestCase("""{"type": "conv", "kernel": 3}""", "'a'", "conv", "'filters'", "whole number")]
    [TestCase("""{"type": "conv", "filters": 2, "kernel": "big"}""", "'a'", "'kernel'", "\"big\"", "[height, width]")]
    [TestCase("""{"type": "conv", "filters": 2, "kernel": [1, 2, 3]}""", "'a'", "'kernel'", "[1, 2, 3]", "[height, width]")]
    [TestCase("""{"type": "conv", "filters": 2, "kernel": 3, "padding": "valid"}""", "'a'", "'padding'", "\"valid\"", "same-lower")]
    [TestCase("""{"type": "conv", "filters": 2.5, "kernel": 3}""", "'a'", "'filters'", "2.5", "whole number")]
    [TestCase("""{"type": "conv", "filters": 2, "kernel": 3, "has_bias": "no"}""", "'a'", "'has_bias'", "true or false")]
    [TestCase("""{"type": "conv", "filters": 2, "kernel": 3, "bias": true}""", "'a'", "'bias'", "has_bias")]
    [TestCase("""{"type": "conv", "filters": 2, "kernel": 3, "stride": null}""", "'a'", "'stride'", "null")]
    [TestCase("""{"type": "softmax", "axis": 1}""", "'a'", "'axis'", "none")]
    [TestCase("""{"type": "binary", "operation": "plus"}""", "'a'", "'operation'", "\"plus\"", "Add, Subtract")]
    [TestCase("""{"type": "pool", "kind": "mean", "kernel": 2, "stride": 2}""", "'a'", "'kind'", "Max, Average")]
    [TestCase("""{"type": "activation", "function": "relu"}""", "'a'", "'function'", "{\"kind\": \"relu\"}")]
    [TestCase("""{"type": "activation", "function": {"kind": "mish"}}""", "'a'", "'kind'", "\"mish\"", "LeakyRelu")]
    [TestCase("""{"type": "activation", "function": {"kind": "elu", "slope": 1}}""", "'a'", "'slope'", "alpha")]
    [TestCase("""{"type": "activation", "function": {}}""", "'a'", "'kind'", "LeakyRelu")]
    public void A_fault_of_a_layer_names_it_and_what_may_stand_there(string layer, params string[] named) =>
        AssertRefused($$$"""{"graph": {"name": "n", "outputs": ["a"], "nodes": [{"name": "i", "inputs": [], "layer": {"type": "input", "shape": [1, 8, 8]}}, {"name": "a", "inputs": ["i"], "layer": {{{layer}}} }]}}""", named);

    [TestCase("""{"graph": 7}""", "the graph", "7")]
    [TestCase("""{"graph": {"name": "n", "outputs": ["a"], "nodes": {}}}""", "'nodes'", "array of nodes")]
    [TestCase("""{"graph": {"name": "n", "outputs": "a", "nodes": []}}""", "'outputs'", "array of texts")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "layers": []}}""", "'layers'", "nodes")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [7]}}""", "node 1", "7")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"inputs": []}]}}""", "node 1", "'name'")]
    [TestCase("""{"graph": {"name": "n", "outputs": [], "nodes": [{"name": "a", "inputs": "b", "layer": {"type": "softmax"}}]}}""", "'a'", "'inputs'", "array of texts")]
    [TestCase("""{"graph": {"name": "n", "name": "m", "outputs": [], "nodes": []}}""", "name")]
    [TestCase("""{"graph": {"name": "\ud800", "outputs": [], "nodes": []}}""", "text")]
    [TestCase("""{"graph": {"\ud800": 1, "outputs": [], "nodes": []}}""", "net.json")]
    public void A_fault_of_the_graph_names_what_may_stand_there(string text, params string[] named) => AssertRefused(text, named);

    [Test]
    public void What_a_file_holds_is_told_to_a_debugger()
    {
        Network network = new NetworkBuilder("n", Shape.Image(1, 8, 8)).FullyConnected("fc", 2).Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        Assert.That(network.ToString(), Is.EqualTo("n: [1, 8, 8] to [2]"));
        Assert.That(weights.FitTo(network).ToString(), Does.StartWith("Same, 0 tensors passed over"));
        Assert.That(NetworkFile.Of(network).Inputs[0].ToString(), Is.EqualTo("input [N, 1, 8, 8]"));
        Assert.That(new ModelPort("x", [8, 8, 1], HasBatch: false, IsChannelsLast: true).ToString(), Is.EqualTo("x [8, 8, 1] (channels last)"));
    }

    [Test]
    public void What_is_left_out_is_as_the_builder_has_it()
    {
        Network built = new NetworkBuilder("n", Shape.Image(1, 8, 8))
            .Convolution("a", 2, kernel: new Extent2D(3, 5)).MaxPool("b", 2, stride: 2)
            .LeakyRelu("c").Activate("d", Activation.HardSigmoid()).Activate("e", Activation.Elu()).Activate("f", Activation.Selu())
            .Clip("clip", float.NegativeInfinity, 6)
            .Convolution("g", 1, kernel: 1, padding: Padding.Same).Build();
        string path = Folder.Write("net.json", """
            {"graph": {"name": "n", "outputs": ["g"], "nodes": [
              {"name": "input", "inputs": [], "layer": {"type": "input", "shape": [1, 8, 8]}},
              {"name": "a", "inputs": ["input"], "layer": {"filters": 2, "kernel": [3, 5], "type": "conv"}},
              {"name": "b", "inputs": ["a"], "layer": {"type": "pool", "kind": "MAX", "kernel": 2, "stride": 2}},
              {"name": "c", "inputs": ["b"], "layer": {"type": "activation", "function": {"kind": "leakyrelu"}}},
              {"name": "d", "inputs": ["c"], "layer": {"type": "activation", "function": {"kind": "hardsigmoid"}}},
              {"name": "e", "inputs": ["d"], "layer": {"type": "activation", "function": {"kind": "elu"}}},
              {"name": "f", "inputs": ["e"], "layer": {"type": "activation", "function": {"kind": "selu"}}},
              {"name": "clip", "inputs": ["f"], "layer": {"type": "activation", "function": {"kind": "clip", "beta": 6}}},
              {"name": "g", "inputs": ["clip"], "layer": {"type": "conv", "filters": 1, "kernel": 1, "padding": "same"}}]}}
            """);
        using ModelFile read = ModelFormats.Load(path, Formats);
        Assert.That(read.Network.Nodes.Select(node => node.Layer), Is.EqualTo(built.Nodes.Select(node => node.Layer)));
    }

    [Test]
    public void The_documentation_has_each_layer_with_its_fields_and_their_defaults()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "model-files.md"));
        foreach ((Type layer, string word) in NetworkJson.Layers)
        {
            Assert.That(text, Does.Contain($"| `{word}` | {Row(layer, required: true)} | {Row(layer, required: false)} |"));
        }

        Assert.That(text, Does.Contain(string.Join(", ", Enum.GetNames<ActivationKind>().Select(name => $"`{name.ToLowerInvariant()}`"))));

        static string Row(Type layer, bool required) => string.Join(", ", NetworkFault.FieldsOf(layer).Where(field => field.IsRequired == required)
            .Select(field => required ? $"`{field.Name}`" : $"`{field.Name}` {Default(layer, field)}"));

        static string Default(Type layer, JsonPropertyInfo field) =>
            NetworkDefaults.Find(layer, field.Name) is { } number ? JsonSerializer.Serialize(number)
            : field.AssociatedParameter!.DefaultValue is not { } value ? "1"
            : value is Enum word ? word.ToString().ToLowerInvariant()
            : JsonSerializer.Serialize(value).Replace("E-", "e-");
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

    private void AssertRefused(string text, string[] named)
    {
        string path = Folder.Write("net.json", text);
        string message = Assert.Throws<ModelFileException>(() => ModelFormats.Load(path, Formats).Dispose())!.Message;
        Sentence.Check(message);
        Assert.That(message, Does.StartWith(path).And.Not.Contain("Convoy.").And.Not.Contain(".NET").And.Not.Contain("System."));
        Assert.That(named.Where(each => !message.Contains(each, StringComparison.Ordinal)), Is.Empty, message);
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
