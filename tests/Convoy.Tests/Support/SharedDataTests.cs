namespace Convoy.Tests.Support;

public sealed class SharedDataTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Data_is_found_in_any_folder_above()
    {
        string data = Directory.CreateDirectory(_folder["shared/data/digits"]).FullName;
        string start = Directory.CreateDirectory(_folder["repository/artifacts/bin"]).FullName;

        Assert.That(SharedData.Find(start, "digits"), Is.EqualTo(data));
        Assert.That(SharedData.Find(start, "letters"), Is.Null);
    }

    [Test]
    public void A_nearer_folder_without_the_data_does_not_hide_a_farther_one()
    {
        string data = Directory.CreateDirectory(_folder["shared/data/digits"]).FullName;
        string start = Directory.CreateDirectory(_folder["repository/shared/data/other"]).FullName;

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
