using Convoy.Cli.Data;

namespace Convoy.Tests.Cli;

public sealed class GlobTests : FolderFixture
{
    private static readonly string[] AtEveryDepth = ["0.png", "a/1.png", "a/b/2.png", "a/b/c/3.png"];

    [TestCase("**/*.png", 0)]
    [TestCase("**/**/*.png", 0)]
    [TestCase("**/**/**/*.png", 0)]
    [TestCase("**/./**", 0)]
    [TestCase("**/*/**/*.png", 1)]
    [TestCase("**/*/**/*/**/?.png", 2)]
    [TestCase("*/**/**/b/**/*.png", 2)]
    [TestCase("**/b/**/c/**/3.png", 3)]
    public void A_glob_yields_each_file_once(string pattern, int leastDepth)
    {
        Array.ForEach(AtEveryDepth, name => Folder.Write(name, ""));
        Assert.That(Expand(pattern), Is.EqualTo(AtEveryDepth[leastDepth..]));
    }

    [Test]
    public void Forty_double_stars_list_each_folder_once()
    {
        // Folders of two names, five deep: 63 in all, and a file in each.
        var folders = new List<string> { "" };
        for (int i = 0; folders.Count < 63; i++)
        {
            folders.AddRange([$"{folders[i]}x/", $"{folders[i]}y/"]);
        }

        folders.ForEach(folder => Folder.Write($"{folder}a.png", ""));
        foreach (string pattern in new[] { "**/", "**/*/", "**/x/**/", "**/?/**/*/" })
        {
            var listed = new HashSet<string>();
            string manyTimes = Folder[$"{string.Concat(Enumerable.Repeat("**/", 40))}{string.Concat(Enumerable.Repeat(pattern, 2))}*.png"];
            string[] files = [.. Glob.Parse(manyTimes).FindFiles(folder =>
            {
                Assert.That(listed.Add(folder), Is.True, $"{manyTimes} lists {folder} twice");
                return FolderListing.Read(folder);
            })];
            Assert.That(files, Is.Unique.And.Not.Empty);
            Assert.That(listed, Has.Count.EqualTo(folders.Count));
        }
    }

    [Test]
    public void Files_come_before_folders_and_both_by_name()
    {
        string[] names = ["b.png", "c.png", "a/2.png", "a/b/1.png", "a-b/0.png", "d/3.png"];
        Array.ForEach(names, name => Folder.Write(name, ""));
        Assert.That(Expand("**/*.png"), Is.EqualTo(new[] { "b.png", "c.png", "a/2.png", "a/b/1.png", "a-b/0.png", "d/3.png" }));
        Assert.That(Expand("*/*.png"), Is.EqualTo(new[] { "a/2.png", "a-b/0.png", "d/3.png" }));
    }

    [Test]
    public void Globs_match_capitals_as_folder_scans_do()
    {
        string[] names = ["A.JPG", "b.jpg", "sub/c.Jpg"];
        Array.ForEach(names, name => Folder.Write(name, ""));
        Assert.That(Expand("**/*.jpg"), Is.EqualTo(names));
        Assert.That(Expand("**/*.jpg"), Is.EqualTo(Expand("")));
        Assert.That(Expand("S*/*.JPG"), Is.EqualTo(new[] { "sub/c.Jpg" }));
    }

    [Test]
    public void What_a_pattern_names_is_found_though_it_is_hidden_or_a_link()
    {
        Folder.Write("a/.hidden/x.png", "");
        Folder.Write("a/b/x.png", "");
        Directory.CreateSymbolicLink(Folder["a/link"], Folder["a/b"]);
        Assert.That(Expand("**/*.png"), Is.EqualTo(new[] { "a/b/x.png" }));
        Assert.That(Expand("**/.hidden/**/*.png"), Is.EqualTo(new[] { "a/.hidden/x.png" }));
        Assert.That(Expand("*/link/*.png"), Is.EqualTo(new[] { "a/link/x.png" }));
        Assert.That(Expand("**/b/*.png"), Is.EqualTo(new[] { "a/b/x.png" }));
    }

    [Test]
    public void Going_up_behind_a_wildcard_is_refused()
    {
        Folder.Write("a/x.png", "");
        Assert.That(Expand("a/../*/x.png"), Is.EqualTo(new[] { "a/x.png" }));
        ImagePath path = ImagePaths.Expand([Folder["**/../*.png"]], new SearchFindings()).Single();
        Assert.That(path.Error, Is.Not.Null.With.Message.Contains("goes up with .. behind a wildcard"));
    }

    private string[] Expand(string argument) =>
    [
        .. ImagePaths.Expand([Folder[argument]], new SearchFindings()).Select(path =>
        {
            Assert.That(path.Error, Is.Null);
            return Path.GetRelativePath(Folder.Root, path.Path).Replace('\\', '/');
        }),
    ];
}
