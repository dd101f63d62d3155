using System.Reflection;
using System.Runtime.InteropServices;
using NetArchTest.Rules;

namespace Convoy.Tests.Architecture;

/// <summary>Folders are namespaces, and what a folder may use is written down here, once.</summary>
public sealed class NamespaceTests
{
    private static readonly string[] Graph = ["Memory", "Tensors", "Layers", "Graph"];

    private static readonly FolderRules Rules = new(typeof(Device).Assembly, "Convoy", new Dictionary<string, string[]>
    {
        ["Files"] = [],
        ["Memory"] = [],
        ["Tensors"] = ["Memory"],
        ["Layers"] = ["Memory", "Tensors"],
        ["Graph"] = ["Memory", "Tensors", "Layers"],
        ["Models"] = Graph,
        ["Weights"] = [.. Graph, "Files"],
        ["ModelFiles"] = [.. Graph, "Files", "Models", "Weights"],
        ["Backends"] = [.. Graph, "Files"],
        ["Runtime"] = [.. Graph, "Models", "Weights", "Backends"],
        ["Profiling"] = [.. Graph, "Files", "Models", "Weights", "Backends", "Runtime"],
        ["Diagnostics"] = [.. Graph, "Files", "Weights", "Backends", "Runtime", "Profiling"],
    });

    private static IEnumerable<string> Folders => Rules.Folders;

    [TestCaseSource(nameof(Folders))]
    public void A_folder_uses_only_what_stands_above_it(string folder) => Rules.AssertUsesOnlyWhatItMay(folder);

    [Test]
    public void Every_folder_has_its_rule() => Rules.AssertEveryFolderHasItsRule();

    [Test]
    public void The_rules_allow_no_circle() => Rules.AssertRulesHaveNoCircle();

    [Test]
    public void Only_the_native_backend_calls_our_native_library()
    {
        const BindingFlags Everything = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        IEnumerable<string?> callers = typeof(Device).Assembly.GetTypes()
            .Where(type => type.GetMethods(Everything).Any(method => method.GetCustomAttribute<DllImportAttribute>()?.Value == "convoy_native"))
            .Select(type => type.Namespace)
            .Distinct();
        Assert.That(callers, Is.EqualTo(new[] { "Convoy.Backends.Native" }));
    }

    [Test]
    public void Backends_do_not_know_one_another()
    {
        string[] backends = ["Reference", "Native", "OpenCL"];
        foreach (string backend in backends)
        {
            TestResult result = Types.InAssembly(typeof(Device).Assembly)
                .That().ResideInNamespace($"Convoy.Backends.{backend}")
                .ShouldNot().HaveDependencyOnAny([.. backends.Where(other => other != backend).Select(other => $"Convoy.Backends.{other}")])
                .GetResult();
            Assert.That(result.FailingTypeNames ?? [], Is.Empty, backend);
        }
    }

    [Test]
    public void Only_the_OpenCL_interop_uses_Silk()
    {
        IEnumerable<string?> users = Types.InAssembly(typeof(Device).Assembly)
            .That().HaveDependencyOn("Silk.NET")
            .GetTypes().Select(type => type.Namespace).Distinct();
        Assert.That(users, Is.EqualTo(new[] { "Convoy.Backends.OpenCL.Interop" }));
    }
}
