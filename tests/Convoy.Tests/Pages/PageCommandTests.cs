using System.Text.Json.Nodes;
using Convoy.Tests.Cli;

namespace Convoy.Tests.Pages;

/// <summary>The page that <c>convoy profile --html</c> writes.</summary>
internal sealed class PageCommandTests : FolderFixture
{
    [Test]
    public async Task A_profile_is_written_as_a_page_of_the_same_figures()
    {
        string path = Folder["page.html"];
        string[] command = ["profile", "lenet5", "--device", "reference", "--batch", "1", "--runs", "1", "--output", "json", "--html", path];
        CliRun run = await CliRun.ConvoyAsync(command);
        Assert.That(run.ExitCode, Is.Zero);
        string page = File.ReadAllText(path);
        const string Begin = "id=\"figures\">";
        string figures = page[(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)..];
        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(figures[..figures.IndexOf('<', StringComparison.Ordinal)]), run.Json), Is.True);
    }

    [Test]
    public async Task A_file_that_is_there_is_replaced_only_where_that_is_asked_for()
    {
        string path = Folder.Write("page.html", "kept");
        string[] command = ["profile", "lenet5", "--device", "reference", "--batch", "1", "--runs", "1", "--html", path];
        CliRun refused = await CliRun.ConvoyAsync(command);
        Assert.That(refused.ExitCode, Is.EqualTo(1));
        Assert.That(refused.Error.Trim(), Does.EndWith($"{path} is there already; choose another name, or replace it with --force."));
        Assert.That(File.ReadAllText(path), Is.EqualTo("kept"));
        Assert.That((await CliRun.ConvoyAsync([.. command, "--force"])).ExitCode, Is.Zero);
        Assert.That(File.ReadAllText(path), Does.StartWith("<!DOCTYPE html>"));
    }
}
