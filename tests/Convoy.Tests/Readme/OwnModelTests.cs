using System.Reflection;
using System.Text.RegularExpressions;
using Convoy.Imaging;
using Convoy.ModelFiles;
using Convoy.Models;
using Convoy.Onnx;
using Convoy.Profiling;

namespace Convoy.Tests.Readme;

/// <summary>The C# that the documentation prints runs, and has the usings that it needs.</summary>
public sealed partial class OwnModelTests : FolderFixture
{
    private static readonly Assembly[] Libraries = [typeof(Network).Assembly, typeof(ImagePreset).Assembly, typeof(OnnxModel).Assembly];

    [Test]
    public void The_examples_run_models_and_weights()
    {
        Network network = new NetworkBuilder("n", Shape.Vector(3)).FullyConnected("fc", 2).Softmax("prob").Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        OnnxModel.Save(network, weights, Folder["m.onnx"]);
        weights.Save(Folder["w.npz"]);
        Folder.Write("net.json", $$"""{"graph": {{NetworkFile.Describe(network)}}}""");

        Assert.That(OwnModelExample.RunModel(Folder["m.onnx"]), Has.Length.EqualTo(4));
        Assert.That(OwnModelExample.RunWeights(Folder.Root).Sum(), Is.EqualTo(1).Within(1e-5));
    }

    [Test]
    public void The_example_profiles_a_network()
    {
        TestDevices.RequireNative();
        NetworkProfile profile = ProfileExample.Run(Folder.Root);
        Assert.That(profile.Peaks is null, Is.EqualTo(profile.PeaksProblem is not null), "it has peaks by itself, or says why not");
        Assert.That(new[] { "profile.json", "profile.html" }.Select(name => new FileInfo(Folder[name]).Length), Is.All.Positive);
    }

    [TestCase("docs/model-files.md", "OwnModelExample")]
    [TestCase("docs/profiling.md", "ProfileExample")]
    public void The_examples_in_the_documentation_are_those_that_are_compiled(string path, string example)
    {
        string[] documentation = [.. Read(path).Split('\n').Select(line => line.Trim())];
        bool isExample = false;
        foreach (string line in Read($"tests/Convoy.Tests/Readme/{example}.cs").Split('\n').Select(line => line.Trim()))
        {
            isExample = line.StartsWith("// example", StringComparison.Ordinal) ? line.EndsWith("begins", StringComparison.Ordinal) : isExample;
            if (isExample && line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal))
            {
                string printed = InFolder().Replace(line.Replace("Load(path)", "Load(\"model.onnx\")"), "$1");
                Assert.That(documentation, Does.Contain(printed));
            }
        }
    }

    [Test]
    public void Printed_code_has_the_usings_of_the_types_that_it_names([Values("README.md", "docs/model-files.md", "docs/profiling.md")] string path)
    {
        string code = string.Join('\n', CodeBlock().Matches(Read(path)).Select(match => match.Groups[1].Value));
        string[] usings = [.. Using().Matches(code).Select(match => match.Groups[1].Value)];
        HashSet<string> words = [.. Word().Matches(Using().Replace(code, "")).Select(match => match.Value)];
        IEnumerable<string> needed = Libraries.SelectMany(library => library.GetExportedTypes())
            .Where(type => words.Contains(type.Name) || (type == typeof(NetworkCompilation) && words.Contains("Compile")))
            .Select(type => type.Namespace!).Distinct();
        Assert.That(usings, Is.EquivalentTo(needed).And.Ordered);
    }

    [Test]
    public void The_table_of_networks_has_each_with_its_input_and_preset()
    {
        string[] rows = [.. Read("docs/model-files.md").Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        foreach (ModelInfo model in ModelCatalog.All)
        {
            string end = $"| {model.CreateNetwork().Input.Shape.ToTableString()} | `{model.ImagePreset}` |";
            string[] own = [.. rows.Where(row => row.StartsWith($"| `{model.Name}` |", StringComparison.Ordinal))];
            Assert.That(own, Has.Length.EqualTo(1).And.All.EndsWith(end), model.Name);
        }
    }

    private static string Read(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    [GeneratedRegex(@"Path\.Combine\(folder, (""[\w.]+"")\)")]
    private static partial Regex InFolder();

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^using ([\w.]+);$", RegexOptions.Multiline)]
    private static partial Regex Using();

    // A type stands alone: not behind a dot, as a member does.
    [GeneratedRegex(@"(?<![\w.""])[A-Z]\w*|(?<=\.)Compile")]
    private static partial Regex Word();
}
