using Convoy.Tests.Support;

namespace Convoy.Tests.Readme;

public sealed class ReadmeTests
{
    [Test]
    public void The_example_prints_what_the_readme_says()
    {
        string mnist = SharedData.Require("mnist");
        var output = new StringWriter();
        Example.Run(mnist, output);
        string[] lines = output.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.That(lines, Is.EqualTo(new[] { "a 7 is read as a 7", "a 2 is read as a 2", "a 1 is read as a 1" }));
        Assert.That(lines, Is.SubsetOf(ReadmeLines()));
    }

    [Test]
    public void The_example_in_the_readme_is_the_one_that_is_compiled()
    {
        string[] source = File.ReadAllLines(Path.Combine(Repository.Root, "tests/Convoy.Tests/Readme/Example.cs"));
        int begin = Array.FindIndex(source, line => line.Contains("example begins", StringComparison.Ordinal));
        int end = Array.FindIndex(source, line => line.Contains("example ends", StringComparison.Ordinal));
        IEnumerable<string> example = source[(begin + 1)..end]
            .Select(line => line.Trim().Replace("output.WriteLine", "Console.WriteLine").Replace("Open(directory)", "Open(\"mnist\")"))
            .Where(line => line.Length > 0);
        Assert.That(example, Is.SubsetOf(ReadmeLines()));
    }

    private static string[] ReadmeLines() => [.. File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).Select(line => line.Trim())];
}
