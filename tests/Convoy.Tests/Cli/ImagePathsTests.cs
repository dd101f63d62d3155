using Convoy.Cli.Data;

namespace Convoy.Tests.Cli;

[TestFixture]
public sealed class ImagePathsTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void WriteFiles()
    {
        _folder = new TemporaryFolder();
        foreach (string name in new[] { "b.png", "a.JPEG", "notes.txt", ".hidden.png", "sub/c.webp", "sub/deep/d.bmp", "other/e.jpg", "odd[1]*.png" })
        {
            _folder.Write(name, "");
        }
    }

    [TearDown]
    public void DeleteFiles() => _folder.Dispose();

    [Test]
    public void A_folder_yields_its_images_and_those_below_by_name() =>
        Assert.That(Expand(""), Is.EqualTo(new[] { "a.JPEG", "b.png", "odd[1]*.png", "other/e.jpg", "sub/c.webp", "sub/deep/d.bmp" }));

    [TestCase("*.png", "b.png,odd[1]*.png")]
    [TestCase("?.*", "a.JPEG,b.png")]
    [TestCase("*/*.*", "other/e.jpg,sub/c.webp")]
    [TestCase("**/*.bmp", "sub/deep/d.bmp")]
    [TestCase("s*/**", "sub/c.webp,sub/deep/d.bmp")]
    [TestCase("*/deep/d.bmp", "sub/deep/d.bmp")]
    [TestCase("**/b.png", "b.png")]
    public void A_pattern_yields_the_files_that_match(string pattern, string expected) =>
        Assert.That(Expand(pattern), Is.EqualTo(expected.Split(',')));

    [TestCase("odd[1]*.png")]
    [TestCase("notes.txt")]
    public void A_file_is_itself_whatever_its_name(string name) => Assert.That(Expand(name), Is.EqualTo(new[] { name }));

    [TestCase("*.gif", "No file matches")]
    [TestCase("nowhere/*/x.png", "No file matches")]
    public void A_pattern_that_matches_nothing_is_an_error(string pattern, string sentence)
    {
        ImagePath path = ImagePaths.Expand([_folder[pattern]], new SearchFindings()).Single();
        Assert.That(path.Path, Is.EqualTo(_folder[pattern]));
        Assert.That(path.Error, Is.Not.Null.With.Message.Contains(sentence));
    }

    [Test]
    public void A_folder_without_images_is_an_error()
    {
        Directory.CreateDirectory(_folder["empty"]);
        Assert.That(ImagePaths.Expand([_folder["empty"]], new SearchFindings()).Single().Error, Is.Not.Null.With.Message.Contains("holds no"));
    }

    [Test]
    public void A_link_in_a_circle_ends()
    {
        Directory.CreateSymbolicLink(_folder["sub/circle"], _folder.Root);
        Assert.That(Expand("sub"), Is.EqualTo(new[] { "sub/c.webp", "sub/deep/d.bmp" }));
    }

    [Test]
    public void Folders_are_listed_as_they_are_asked_for()
    {
        var findings = new SearchFindings();
        using IEnumerator<ImagePath> paths = ImagePaths.Expand([_folder["b.png"], _folder["sub"]], findings).GetEnumerator();
        Assert.That(paths.MoveNext(), Is.True);
        Assert.That(paths.MoveNext(), Is.True);
        Directory.Delete(_folder["sub/deep"], recursive: true);
        Assert.That(paths.MoveNext(), Is.False);
        Assert.That(findings.Failures.Single(), Does.StartWith($"The folder {_folder["sub/deep"]} does not exist"));
    }

    private string[] Expand(string argument) =>
    [
        .. ImagePaths.Expand([_folder[argument]], new SearchFindings()).Select(path =>
        {
            Assert.That(path.Error, Is.Null);
            return Path.GetRelativePath(_folder.Root, path.Path).Replace('\\', '/');
        }),
    ];
}
