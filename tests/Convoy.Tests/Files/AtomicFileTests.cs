using System.Runtime.Versioning;
using Convoy.Files;

namespace Convoy.Tests.Files;

public sealed class AtomicFileTests : FolderFixture
{
    [Test]
    public void A_file_is_made_and_then_replaced()
    {
        AtomicFile.Write(Folder["a"], "first"u8);
        Assert.That(File.ReadAllText(Folder["a"]), Is.EqualTo("first"));
        AtomicFile.Write(Folder["a"], file =>
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
            () => AtomicFile.Write(Folder["a"], file =>
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

    [TestCase("600")]
    [TestCase("400")]
    [TestCase("666")]
    [TestCase("775")]
    [Platform(Include = "Unix")]
    [UnsupportedOSPlatform("windows")]
    public void A_file_that_is_replaced_keeps_its_mode(string octal)
    {
        var mode = (UnixFileMode)Convert.ToInt32(octal, 8);
        File.SetUnixFileMode(Folder.Write("a", "old"), mode);
        AtomicFile.Write(Folder["a"], file =>
        {
            string aside = Directory.GetFiles(Folder.Root, $"*{AtomicFile.UnfinishedSuffix}").Single();
            Assert.That(File.GetUnixFileMode(aside), Is.EqualTo(mode), "while it is written");
            file.Write("new"u8);
        });
        Assert.That(File.GetUnixFileMode(Folder["a"]), Is.EqualTo(mode));
        Assert.That(new FileInfo(Folder["a"]).Length, Is.EqualTo(3));
    }

    [Test]
    [Platform(Include = "Unix")]
    [UnsupportedOSPlatform("windows")]
    public void A_new_file_has_the_mode_that_any_has_here()
    {
        Folder.Write("b", "any");
        AtomicFile.Write(Folder["a"], "new"u8);
        Assert.That(File.GetUnixFileMode(Folder["a"]), Is.EqualTo(File.GetUnixFileMode(Folder["b"])));
    }

    [Test]
    [Platform(Include = "Unix")]
    public void A_name_as_long_as_the_system_allows_is_one_as_any_other()
    {
        string name = new('a', 255);
        AtomicFile.Write(Folder[name], "first"u8);
        AtomicFile.Write(Folder[name], "second"u8);
        Assert.That(File.ReadAllText(Folder[name]), Is.EqualTo("second"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Has.Length.EqualTo(1));
    }

    [Test]
    [Platform(Include = "Linux")]
    public void A_folder_that_takes_no_new_files_is_told_without_what_would_be_written_aside() =>
        Assert.That(
            () => AtomicFile.Write("/proc/version", "new"u8),
            Throws.TypeOf<IOException>().With.Message.EqualTo("its folder takes no new files"));

    [Test]
    [Platform(Include = "Linux")]
    public void A_full_disk_is_told_without_what_is_written_aside()
    {
        // As .NET says it, the error's number being ENOSPC.
        Assert.That(
            () => AtomicFile.Write(Folder["a"], file => throw new IOException($"No space left on device : '{((FileStream)file).Name}'", 28)),
            Throws.TypeOf<IOException>().With.Message.EqualTo("No space left on device"));
        Assert.That(
            () => AtomicFile.Write(Folder["a"], _ => throw new IOException("something else : '/b'", 28)),
            Throws.TypeOf<IOException>().With.Message.EqualTo("something else : '/b'"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public void A_link_stays_and_what_it_leads_to_is_replaced_or_made(bool isThere)
    {
        if (isThere)
        {
            Folder.Write("target", "old");
        }

        // Over another link, and from the folder it lies in.
        File.CreateSymbolicLink(Folder["middle"], "target");
        File.CreateSymbolicLink(Folder["link"], "middle");
        AtomicFile.Write(Folder["link"], "new"u8);
        Assert.That(new[] { "link", "middle" }.Select(name => new FileInfo(Folder[name]).LinkTarget), Is.EqualTo(new[] { "middle", "target" }));
        Assert.That(File.ReadAllText(Folder["target"]), Is.EqualTo("new"));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Has.Length.EqualTo(3));
    }

    [TestCase(SpecialFile.Fifo, "a FIFO")]
    [TestCase(SpecialFile.Socket, "a socket")]
    [TestCase(SpecialFile.Device, "a device")]
    [TestCase(SpecialFile.Folder, "a folder")]
    [Platform(Include = "Linux")]
    public void What_is_no_regular_file_is_refused_and_stays(string kind, string name)
    {
        SpecialFile.Make(kind, Folder["a"]);
        File.CreateSymbolicLink(Folder["link"], "a");
        foreach (string path in new[] { Folder["a"], Folder["link"] })
        {
            Assert.That(() => AtomicFile.Write(path, "new"u8), Throws.InstanceOf<IOException>().With.Message.EqualTo($"it is {name}, not a regular file"));
        }

        Assert.That(SpecialFile.KindOf(Folder["a"]), Is.EqualTo(kind));
        Assert.That(Directory.GetFileSystemEntries(Folder.Root), Has.Length.EqualTo(2));
    }

    [Test]
    public void What_is_written_aside_lies_in_the_same_folder_under_a_name_that_tells() =>
        AtomicFile.Write(
            Folder["a"],
            _ => Assert.That(
                Directory.GetFiles(Folder.Root).Select(Path.GetFileName),
                Is.All.StartsWith("convoy.").And.All.EndsWith(AtomicFile.UnfinishedSuffix).And.Exactly(1).Items));
}
