using System.Reflection;
using System.Runtime.InteropServices;
using NetArchTest.Rules;

namespace Convoy.Tests.Architecture;

/// <summary>Folders are namespaces, and what a folder may use is written down here, once.</summary>
public sealed class NamespaceTests
{
    private static readonly string[] Graph = ["Memory", "Tensors", "Layers", "Graph"];

    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Files"] = [],
        ["Memory"] = [],
        ["Tensors"] = ["Memory"],
        ["Layers"] = ["Memory", "Tensors"],
        ["Graph"] = ["Memory", "Tensors", "Layers"],
        ["Models"] = Graph,
        ["Weights"] = [.. Graph, "Files"],
        ["Backends"] = [.. Graph, "Files"],
        ["Runtime"] = [.. Graph, "Models", "Weights", "Backends"],
        ["Profiling"] = [.. Graph, "Models", "Weights", "Backends", "Runtime"],
        ["Diagnostics"] = [.. Graph, "Weights", "Backends", "Runtime", "Profiling"],
    };

    private static IEnumerable<string> Folders => MayUse.Keys;

    [TestCaseSource(nameof(Folders))]
    public void A_folder_uses_only_what_stands_above_it(string folder)
    {
        string[] forbidden = [.. MayUse.Keys.Except(MayUse[folder]).Where(other => other != folder).Select(other => $"Convoy.{other}")];
        TestResult result = Types.InAssembly(typeof(Device).Assembly)
            .That().ResideInNamespaceMatching($@"^Convoy\.{folder}(\..*)?$")
            .ShouldNot().HaveDependencyOnAny(forbidden)
            .GetResult();
        Assert.That(result.FailingTypeNames ?? [], Is.Empty, $"Types of Convoy.{folder} that use what they may not");
    }

    [Test]
    public void Every_folder_has_its_rule()
    {
        IEnumerable<string> folders = typeof(Device).Assembly.GetTypes()
            .Select(type => type.Namespace ?? "")
            .Where(name => name.StartsWith("Convoy.", StringComparison.Ordinal))
            .Select(name => name.Split('.')[1])
            .Distinct();
        Assert.That(folders, Is.EquivalentTo(MayUse.Keys));
    }

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
