using System.Text.RegularExpressions;

namespace Convoy.Tests.OpenCL;

/// <summary>kernels/README.md says what there is.</summary>
public sealed partial class KernelReadmeTests
{
    [Test]
    public void The_readme_lists_every_macro_with_its_file_and_default_and_every_kernel()
    {
        string folder = Path.Combine(Repository.Root, "kernels");
        string readme = File.ReadAllText(Path.Combine(folder, "README.md"));
        int macros = 0;
        foreach (string path in Directory.EnumerateFiles(folder, "*.cl"))
        {
            string file = Path.GetFileName(path);
            string source = File.ReadAllText(path);
            foreach (Match match in Macro().Matches(source))
            {
                (string name, string value) = (match.Groups["name"].Value, match.Groups["value"].Value);
                Assert.That(readme, Does.Match($@"\| `{name}` +\| `{Regex.Escape(file)}` +\| {Regex.Escape(value)} +\|"), $"{name} of {file}, by default {value}");
                macros++;
            }

            foreach (Match match in Kernel().Matches(source))
            {
                Assert.That(readme, Does.Contain($"`{match.Groups["name"].Value}`"), $"kernel {match.Groups["name"].Value} of {file}");
            }

            Assert.That(Regex.Count(source, "#ifndef"), Is.EqualTo(Macro().Count(source)), $"{file}: each #ifndef is followed by a default");
        }

        Assert.That(macros, Is.Positive);
    }

    [GeneratedRegex(@"#ifndef (?<name>\w+)\s+#define \k<name> (?<value>\S+)")]
    private static partial Regex Macro();

    [GeneratedRegex(@"__kernel\s+(?:__attribute__\(\(.*\)\)\s+)?void\s+(?<name>\w+)\(")]
    private static partial Regex Kernel();
}
