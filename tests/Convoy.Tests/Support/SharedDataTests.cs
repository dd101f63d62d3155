namespace Convoy.Tests.Support;

public sealed class SharedDataTests : FolderFixture
{
    [Test]
    public void Data_is_found_in_anyFolder_above()
    {
        string data = Directory.CreateDirectory(Folder["shared/data/digits"]).FullName;
        string start = Directory.CreateDirectory(Folder["repository/artifacts/bin"]).FullName;

        Assert.That(SharedData.Find(start, "digits"), Is.EqualTo(data));
        Assert.That(SharedData.Find(start, "letters"), Is.Null);
    }

    [Test]
    public void A_nearerFolder_without_the_data_does_not_hide_a_farther_one()
    {
        string data = Directory.CreateDirectory(Folder["shared/data/digits"]).FullName;
        string start = Directory.CreateDirectory(Folder["repository/shared/data/other"]).FullName;

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
