using System.Runtime.Versioning;
using Convoy.Backends.Native;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.Backends;

/// <summary>The caches use only what nobody but this user can have written, and wait for nothing.</summary>
[TestFixture(Kind.Tuning)]
[TestFixture(Kind.Programs)]
[Platform(Include = "Linux")]
[SupportedOSPlatform("linux")]
public sealed class CacheTrustTests(CacheTrustTests.Kind kind) : FolderFixture
{
    private const string Layer = "some layer";
    private const UnixFileMode UsersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    // No timing is tested: what takes this long waits for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly string Key = new('a', 32);

    /// <summary>What is kept.</summary>
    public enum Kind
    {
        /// <summary>Measured times.</summary>
        Tuning,

        /// <summary>Built programs.</summary>
        Programs,
    }

    private string Cache => Folder["above/cache"];

    private string Entry => Path.Combine(Cache, kind == Kind.Tuning ? "convolutions.json" : $"{Key}.clbin");

    [Test]
    public void Every_folder_that_is_made_is_the_users_alone_and_so_is_the_file()
    {
        Keep(Folder["a/b/c"]);
        Assert.That(new[] { "a", "a/b", "a/b/c" }.Select(each => File.GetUnixFileMode(Folder[each])), Is.All.EqualTo(UsersAlone));
        Assert.That(
            Directory.GetFiles(Folder["a/b/c"]).Select(File.GetUnixFileMode),
            Is.EqualTo(new[] { UnixFileMode.UserRead | UnixFileMode.UserWrite }));
        Assert.That(IsKept(Folder["a/b/c"]));
    }

    [TestCase("720")]
    [TestCase("702")]
    [TestCase("777")]
    [TestCase("1777")]
    public void A_folder_that_others_may_write_to_is_not_used(string octal)
    {
        Keep(Cache);
        File.SetUnixFileMode(Cache, Mode(octal));
        Assert.That(IsKept(Cache), Is.False, "what was there before");
        File.Delete(Entry);
        Keep(Cache);
        Assert.That(Directory.GetFiles(Cache), Is.Empty);
    }

    [TestCase("770", false)]
    [TestCase("707", false)]
    [TestCase("1777", true)]
    [TestCase("755", true)]
    public void A_folder_below_one_that_others_may_write_to_is_used_only_where_that_is_sticky(string octal, bool isUsed)
    {
        Keep(Cache);
        File.SetUnixFileMode(Folder["above"], Mode(octal));
        Assert.That(IsKept(Cache), Is.EqualTo(isUsed));
        Directory.Delete(Cache, recursive: true);
        Keep(Cache);
        Assert.That(Directory.Exists(Cache), Is.EqualTo(isUsed));
    }

    [Test]
    public void A_linked_folder_below_one_that_others_may_write_to_is_not_used()
    {
        Keep(Cache);
        Directory.CreateDirectory(Folder["home"]);
        File.CreateSymbolicLink(Folder["home/caches"], "../above");
        File.CreateSymbolicLink(Folder["home/cache"], "caches/cache");
        Assert.That(IsKept(Folder["home/cache"]) && IsKept(Folder["home/caches/cache"]), "nobody else may write");
        File.SetUnixFileMode(Folder["above"], Mode("777"));
        Assert.That(IsKept(Folder["home/cache"]), Is.False, "by a link to it");
        Assert.That(IsKept(Folder["home/caches/cache"]), Is.False, "by a link above it");
    }

    [Test]
    public void A_folder_of_which_the_system_does_not_tell_is_not_used()
    {
        File.CreateSymbolicLink(Folder["round"], "round");
        Assert.That(
            CacheTrust.FindProblem(Folder["round"])?.Reason,
            Does.StartWith($"'{Folder["round"]}': what it is cannot be told (").And.EndsWith(")"));
        Assert.That(CacheTrust.FindProblem(Folder["missing/cache"]), Is.Null, "what can be made");
    }

    [Test]
    public void What_a_dead_process_left_of_the_file_is_removed_and_what_others_keep_stays()
    {
        Keep(Cache);
        File.Delete(Entry);
        string[] left = [.. new[] { Path.Combine(Cache, $"convoy.{Guid.NewGuid():N}.tmp"), Path.Combine(Cache, "convoy.tmp"), Path.Combine(Cache, "notes.tmp") }];
        foreach (string path in left)
        {
            File.WriteAllText(path, "");
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow.AddDays(-1));
        }

        Keep(Cache);
        Assert.That(left.Select(File.Exists), Is.EqualTo(new[] { false, true, true }));
    }

    [Test]
    public void A_folder_of_another_user_is_not_used()
    {
        Keep(Cache);
        SpecialFile.GiveAway(Cache);
        Assert.That(IsKept(Cache), Is.False);
        File.Delete(Entry);
        Keep(Cache);
        Assert.That(Directory.GetFiles(Cache), Is.Empty);
    }

    [TestCase("755")]
    [TestCase("1777")]
    public void A_folder_below_one_of_another_user_is_not_used(string octal)
    {
        Keep(Cache);
        File.SetUnixFileMode(Folder["above"], Mode(octal));
        SpecialFile.GiveAway(Folder["above"]);
        Assert.That(IsKept(Cache), Is.False, "what was there before");
        Directory.Delete(Cache, recursive: true);
        Keep(Cache);
        Assert.That(Directory.Exists(Cache), Is.False);
    }

    [Test]
    public void A_folder_by_a_link_of_another_user_is_not_used()
    {
        Keep(Cache);
        File.CreateSymbolicLink(Folder["link"], "above");
        Assert.That(IsKept(Folder["link/cache"]), "a link of this user's");
        SpecialFile.GiveAway(Folder["link"]);
        Assert.That(IsKept(Folder["link/cache"]), Is.False);
    }

    [Test]
    public void A_file_of_another_user_is_not_read_and_is_replaced()
    {
        Keep(Cache);
        SpecialFile.GiveAway(Entry);
        Assert.That(IsKept(Cache), Is.False);
        Keep(Cache);
        Assert.That(IsKept(Cache));
    }

    [TestCase("620")]
    [TestCase("602")]
    public void A_file_that_others_may_write_to_is_not_read_and_is_replaced(string octal)
    {
        Keep(Cache);
        File.SetUnixFileMode(Entry, Mode(octal));
        Assert.That(IsKept(Cache), Is.False);
        Keep(Cache);
        Assert.That(IsKept(Cache));
    }

    [TestCase(SpecialFile.Fifo)]
    [TestCase(SpecialFile.Socket)]
    [TestCase(SpecialFile.Device)]
    [TestCase(SpecialFile.Folder)]
    public void What_is_no_regular_file_does_not_hang_and_stays(string special)
    {
        Directory.CreateDirectory(Cache);
        SpecialFile.Make(special, Entry);
        Assert.That(Task.Run(() => Keep(Cache)).Wait(Patience), "it hangs");
        Assert.That(IsKept(Cache), Is.False);
        Assert.That(SpecialFile.KindOf(Entry), Is.EqualTo(special));
    }

    [Test]
    public void A_link_to_dev_zero_does_not_grow()
    {
        Directory.CreateDirectory(Cache);
        File.CreateSymbolicLink(Entry, "/dev/zero");
        AssertNotKeptAndNotRead();
        Assert.That(new FileInfo(Entry).LinkTarget, Is.EqualTo("/dev/zero"));
    }

    [Test]
    public void A_file_larger_than_any_is_not_read_and_is_replaced()
    {
        Keep(Cache);
        using (FileStream file = File.OpenWrite(Entry))
        {
            // A hole: nothing is stored.
            file.SetLength(1 << 30);
        }

        AssertNotKeptAndNotRead();
        Keep(Cache);
        Assert.That(IsKept(Cache));
    }

    private void AssertNotKeptAndNotRead()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(IsKept(Cache), Is.False);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(256 << 20));
    }

    private static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, 8);

    /// <summary>Does what a process does that has something to keep.</summary>
    private void Keep(string folder)
    {
        if (kind == Kind.Tuning)
        {
            Measure(folder);
        }
        else if (new ProgramCache(folder).Read(Key) is null)
        {
            new ProgramCache(folder).Write(Key, [1, 2, 3]);
        }
    }

    /// <summary>Whether a process finds that it was kept.</summary>
    private bool IsKept(string folder) => kind == Kind.Tuning ? !Measure(folder) : new ProgramCache(folder).Read(Key) is not null;

    /// <summary>Whether times that are asked for had to be measured.</summary>
    private static bool Measure(string folder)
    {
        bool isMeasured = false;
        double[] Time(IReadOnlyList<NativePlan> plans)
        {
            isMeasured = true;
            return [1];
        }

        NativePlan[] plans = [new() { Algorithm = NativeAlgorithm.Winograd, Points = 6, Isa = InstructionSet.Scalar }];
        new TuningCache(folder, Time, () => "some build").Get(Layer, plans);
        return isMeasured;
    }
}
