using Convoy.Tests.Cli;

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

    [Test]
    public async Task Commands_print_what_the_readme_shows()
    {
        CliRun described = await CliRun.ConvoyAsync("describe", "lenet5");
        Assert.That(LinesOf(described), Is.SubsetOf(ReadmeLines()));

        CliRun evaluated = await CliRun.ConvoyAsync("evaluate", "lenet5", "--data", SharedData.Require("mnist"), "--device", "native");
        string[] withoutSpeeds = [.. LinesOf(evaluated).Where(line => !line.StartsWith("lenet5 ", StringComparison.Ordinal))];
        Assert.That(withoutSpeeds, Has.Length.EqualTo(15), "titles and rules of two tables, a sentence, and a row for each digit");
        Assert.That(withoutSpeeds, Is.SubsetOf(ReadmeLines()));
    }

    private static IEnumerable<string> LinesOf(CliRun run) => run.Out.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);

    private static string[] ReadmeLines() => [.. File.ReadAllLines(Path.Combine(Repository.Root, "README.md")).Select(line => line.Trim())];
}
