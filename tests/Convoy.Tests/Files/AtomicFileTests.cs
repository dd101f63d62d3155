using Convoy.Files;

namespace Convoy.Tests.Files;

public sealed class AtomicFileTests : FolderFixture
{
    [Test]
    public void A_file_is_made_and_then_replaced()
    {
        AtomicFile.Write(Folder["a"], "first"u8);
        Assert.That(File.ReadAllText(Folder["a"]), Is.EqualTo("first"));
        AtomicFile.WriteThrough(Folder["a"], file =>
        {
            file.Write("sec"u8);
            Assert.That(File.ReadAllText(Folder["a"]), Is.EqualTo("first"), "before all is written");
            file.Write("ond"u8);
        });
        Assert.That(File.ReadAllText(Folder["a"]), Is.EqualTo("second"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_failure_leaves_the_old_file_and_nothing_aside()
    {
        Folder.Write("a", "old");
        Assert.That(
            () => AtomicFile.WriteThrough(Folder["a"], file =>
            {
                file.Write("new"u8);
                throw new InvalidOperationException("enough");
            }),
            Throws.InvalidOperationException.With.Message.EqualTo("enough"));
        Assert.That(File.ReadAllText(Folder["a"]), Is.EqualTo("old"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Has.Length.EqualTo(1));
    }

    [Test]
    public void What_cannot_be_replaced_leaves_nothing_aside()
    {
        Directory.CreateDirectory(Folder["a"]);
        Assert.That(() => AtomicFile.Write(Folder["a"], "new"u8), Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Is.EqualTo(new[] { Folder["a"] }));
    }

    [Test]
    public void What_is_written_aside_lies_in_the_same_folder_under_a_name_that_tells() =>
        AtomicFile.WriteThrough(
            Folder["a"],
            _ => Assert.That(
                Directory.GetFiles(Folder.Root).Select(Path.GetFileName),
                Is.All.StartsWith("a.").And.All.EndsWith(AtomicFile.UnfinishedSuffix).And.Exactly(1).Items));
}
