using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Convoy.Profiling;
using Convoy.Profiling.Pages;

namespace Convoy.Tests.Pages;

/// <summary>What a page's file holds, read without a browser.</summary>
internal sealed partial class PageTextTests : FolderFixture
{
    private static IEnumerable<string> Names => PageFiles.All.Keys;

    [TestCaseSource(nameof(Names))]
    public void A_page_refers_to_nothing_outside_of_itself(string name)
    {
        string text = File.ReadAllText(PageFiles.All[name]);
        Assert.That(text, Does.StartWith("<!DOCTYPE html>").And.EndsWith("</html>\n"));
        Assert.That(text.Length, Is.LessThan(500_000));
        Assert.That(Addresses().Matches(text).Select(match => match.Value), Is.All.EqualTo("http://www.w3.org/2000/svg"), "but for a namespace");
        string[] inMarkup = ["<link", " src=", "@import", "url("];
        string[] lines = text.Replace(Figures(text), "", StringComparison.Ordinal).Split('\n');
        Assert.That(lines.Where(line => inMarkup.Any(each => line.Contains(each, StringComparison.Ordinal)) && !IsHarmless(line)), Is.Empty);
    }

    [TestCaseSource(nameof(Names))]
    public void No_name_ends_the_script_that_holds_the_figures(string name)
    {
        string text = File.ReadAllText(PageFiles.All[name]);
        MatchCollection scripts = Scripts().Matches(text);
        Assert.That(text.Split("<script").Length - 1, Is.EqualTo(scripts.Count));
        Assert.That(text.Split("</script").Length - 1, Is.EqualTo(scripts.Count));
        Assert.That(text, Does.Not.Contain("<img").And.Not.Contain("<!--"));
        Assert.That(Figures(text), Does.Not.Contain('<'));
    }

    [TestCaseSource(nameof(Names))]
    public void The_browser_is_told_to_run_the_pages_own_scripts_alone(string name)
    {
        string text = File.ReadAllText(PageFiles.All[name]);
        string policy = Policy().Match(text).Groups[1].Value;
        Assert.That(policy, Does.StartWith("default-src 'none'").And.Not.Contains("unsafe"));
        IEnumerable<string> code = Scripts().Matches(text).Where(match => match.Groups[1].Length == 0).Select(match => match.Groups[2].Value);
        Assert.That(HashesOf(policy, "script-src"), Is.EqualTo(code.Select(Hash)));
        Assert.That(HashesOf(policy, "style-src"), Is.EqualTo(new[] { Hash(Style().Match(text).Groups[1].Value) }));
    }

    [Test]
    public void The_figures_are_those_of_the_profiles_JSON()
    {
        foreach ((string name, NetworkProfile profile) in new[] { ("profile", PageFiles.LeNet), ("nasty", PageFiles.Nasty), ("bare", PageFiles.Bare) })
        {
            using var json = new MemoryStream();
            ProfileJson.Write(json, profile);
            using var held = new MemoryStream(Encoding.UTF8.GetBytes(Figures(File.ReadAllText(PageFiles.All[name]))));
            using var again = new MemoryStream();
            ProfileJson.Write(again, ProfileJson.Read(held));
            Assert.That(again.ToArray(), Is.EqualTo(json.ToArray()), name);
        }
    }

    [Test]
    public void Every_part_of_a_page_is_on_one()
    {
        Assembly assembly = typeof(ProfilePage).Assembly;
        string pages = string.Concat(PageFiles.All.Values.Select(File.ReadAllText));
        string[] parts = [.. assembly.GetManifestResourceNames().Where(name => name.StartsWith("pages/", StringComparison.Ordinal))];
        Assert.That(parts, Has.Length.GreaterThan(10));
        foreach (string part in parts)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(part)!);
            Assert.That(pages, Does.Contain(reader.ReadToEnd()), part);
        }
    }

    [Test]
    public void A_page_replaces_a_file_as_a_whole_and_says_why_it_cannot_be_written()
    {
        string path = Folder.Write("page.html", "old");
        ProfilePage.Save(path, PageFiles.Bare);
        Assert.That(File.ReadAllText(path), Is.EqualTo(File.ReadAllText(PageFiles.All["bare"])));
        Assert.That(() => ProfilePage.Save(Folder.Root, PageFiles.Bare), Throws.TypeOf<ConvoyException>().With.Message.EqualTo(
            $"'{Folder.Root}' is a folder; name a file in it to write the page to."));
        Assert.That(() => ProfilePage.Save(Folder["none/page.html"], PageFiles.Bare), Throws.TypeOf<ConvoyException>().With.Message.EqualTo(
            $"Cannot write the page to '{Folder["none/page.html"]}': its folder does not exist."));
    }

    [Test]
    public void A_bench_page_holds_what_its_JSON_has_and_what_it_says()
    {
        using var json = new MemoryStream();
        BenchJson.Write(json, PageFiles.Bench);
        JsonNode figures = JsonNode.Parse(Figures(File.ReadAllText(PageFiles.All["bench"])))!;
        Assert.That(JsonNode.DeepEquals(figures["results"], JsonNode.Parse(json.ToArray())), Is.True);
        Assert.That(figures["notes"]!.AsArray().Select(note => (string)note!), Is.EqualTo(BenchNotes.DescribeNoise(PageFiles.Bench)).And.Not.Empty);
        BenchPage.Save(Folder["bench.html"], PageFiles.Bench);
        Assert.That(File.ReadAllText(Folder["bench.html"]), Is.EqualTo(File.ReadAllText(PageFiles.All["bench"])));
    }

    /// <summary>The empty icon, and textures of the page's own.</summary>
    private static bool IsHarmless(string line) =>
        line == """<link rel="icon" href="data:,">""" || line.Contains("url(#", StringComparison.Ordinal);

    private static string Figures(string text) => Scripts().Matches(text).Single(match => match.Groups[1].Length > 0).Groups[2].Value;

    private static string Hash(string text) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}'";

    private static string[] HashesOf(string policy, string directive) =>
        policy.Split(';').Select(each => each.Trim().Split(' ')).Single(each => each[0] == directive)[1..];

    [GeneratedRegex("<script([^>]*)>(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Scripts();

    [GeneratedRegex("<style>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("Content-Security-Policy\" content=\"([^\"]*)\"")]
    private static partial Regex Policy();

    [GeneratedRegex("(?:https?|ftp|wss?)://[^'\"\\s]*")]
    private static partial Regex Addresses();
}
