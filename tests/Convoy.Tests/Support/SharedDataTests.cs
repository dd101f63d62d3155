namespace Convoy.Tests.Support;

public sealed class SharedDataTests
{
    private string _root = null!;

    [SetUp]
    public void MakeFolders() => _root = Directory.CreateTempSubdirectory("convoy-").FullName;

    [TearDown]
    public void RemoveFolders() => Directory.Delete(_root, recursive: true);

    [Test]
    public void Data_is_found_in_any_folder_above()
    {
        string data = Directory.CreateDirectory(Path.Combine(_root, "shared", "data", "digits")).FullName;
        string start = Directory.CreateDirectory(Path.Combine(_root, "repository", "artifacts", "bin")).FullName;

        Assert.That(SharedData.Find(start, "digits"), Is.EqualTo(data));
        Assert.That(SharedData.Find(start, "letters"), Is.Null);
    }

    [Test]
    public void A_nearer_folder_without_the_data_does_not_hide_a_farther_one()
    {
        string data = Directory.CreateDirectory(Path.Combine(_root, "shared", "data", "digits")).FullName;
        string start = Directory.CreateDirectory(Path.Combine(_root, "repository", "shared", "data", "other")).FullName;

        Assert.That(SharedData.Find(start, "digits"), Is.EqualTo(data));
    }

    [Test]
    public void A_test_that_requires_missing_data_is_ignored_with_its_name()
    {
        Assert.That(
            () => SharedData.Require("no-such-data"),
            Throws.TypeOf<IgnoreException>().With.Message.Contains("shared/data/no-such-data"));
    }
}
