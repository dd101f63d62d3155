using System.Reflection;
using NetArchTest.Rules;

namespace Convoy.Tests.Architecture;

/// <summary>What each folder of an assembly, which is a namespace, may use of the others.</summary>
/// <param name="assembly">The assembly.</param>
/// <param name="root">The namespace above the folders' own.</param>
/// <param name="mayUse">For each folder, the folders it may use; a folder stands below those.</param>
internal sealed class FolderRules(Assembly assembly, string root, IReadOnlyDictionary<string, string[]> mayUse)
{
    /// <summary>The folders that have a rule.</summary>
    public IEnumerable<string> Folders => mayUse.Keys;

    /// <summary>Asserts that a folder uses none of the folders that its rule does not list, and no type outside of them.</summary>
    public void AssertUsesOnlyWhatItMay(string folder, params IEnumerable<string> otherTypes)
    {
        IEnumerable<string> forbidden = Folders.Except(mayUse[folder]).Where(other => other != folder).Select(other => $"{root}.{other}");
        TestResult result = Types.InAssembly(assembly)
            .That().ResideInNamespaceMatching($@"^{root.Replace(".", @"\.", StringComparison.Ordinal)}\.{folder}(\..*)?$")
            .ShouldNot().HaveDependencyOnAny([.. forbidden, .. otherTypes])
            .GetResult();
        Assert.That(result.FailingTypeNames ?? [], Is.Empty, $"Types of {root}.{folder} that use what they may not");
    }

    /// <summary>Asserts that the rules speak of the folders that there are, and of no others.</summary>
    public void AssertEveryFolderHasItsRule()
    {
        IEnumerable<string> folders = assembly.GetTypes()
            .Select(type => type.Namespace ?? "")
            .Where(name => name.StartsWith($"{root}.", StringComparison.Ordinal))
            .Select(name => name[(root.Length + 1)..].Split('.')[0])
            .Distinct();
        Assert.That(folders, Is.EquivalentTo(Folders));
    }

    /// <summary>Asserts that each rule lists only folders whose rules come before its own, so that no circle is allowed.</summary>
    public void AssertRulesHaveNoCircle()
    {
        string[] order = [.. Folders];
        foreach ((string folder, string[] used) in mayUse)
        {
            Assert.That(used, Is.SubsetOf(order.TakeWhile(other => other != folder)), folder);
        }
    }
}
