using System.Diagnostics;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Programs come out of the cache when they can, out of source when not, and are right either way.</summary>
public sealed class ProgramCacheTests : OpenClFixture
{
    private const string Source = nameof(ClApi.CreateProgramWithSource);
    private const string Binary = nameof(ClApi.CreateProgramWithBinary);

    private static readonly string[] FromSource = [Source];
    private static readonly string[] FromCache = [Binary];
    private static readonly string[] Rebuilt = [Binary, Source];

    private TemporaryFolder _folder = null!;

    private string[] Entries => [.. Directory.GetFiles(_folder.Root).Order()];

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void The_second_build_comes_out_of_the_cache()
    {
        Assert.That(Run(), Is.EqualTo(FromSource));
        Assert.That(Entries, Has.Length.EqualTo(1));
        Assert.That(Run(), Is.EqualTo(FromCache));
    }

    [Test]
    public void Other_options_are_another_entry()
    {
        var api = new FaultyClApi(Api);
        using var context = new ClContext(ClPlatform.All(api)[0].Devices[0]);
        ProgramCache cache = Cache();
        KernelSource source = KernelSource.Load("probe.cl");
        foreach (string options in new[] { "", "-D PROBE_OFFSET=2.0f", "-D PROBE_OFFSET=3.0f", "" })
        {
            ClProgram.Build(context, source, options, cache).Dispose();
        }

        Assert.That(CreationsOf(api), Is.EqualTo(new[] { Source, Source, Source, Binary }));
        Assert.That(Entries, Has.Length.EqualTo(3));
    }

    [TestCase("empty")]
    [TestCase("truncated")]
    [TestCase("longer")]
    [TestCase("changed header")]
    [TestCase("changed binary")]
    public void A_damaged_entry_is_rebuilt(string damage)
    {
        Run();
        byte[] bytes = File.ReadAllBytes(Entries[0]);
        switch (damage)
        {
            case "empty":
                bytes = [];
                break;
            case "truncated":
                bytes = bytes[..^1];
                break;
            case "longer":
                bytes = [.. bytes, 0];
                break;
            case "changed header":
                bytes[9] ^= 1;
                break;
            default:
                bytes[^1] ^= 1;
                break;
        }

        File.WriteAllBytes(Entries[0], bytes);
        Assert.That(Run(), Is.EqualTo(FromSource), "the driver is not asked");
        Assert.That(Run(), Is.EqualTo(FromCache), "the entry was made again");
    }

    [Test]
    public void An_entry_of_another_program_is_rebuilt()
    {
        Run();
        string path = Entries[0];
        string key = new('a', 64);
        File.WriteAllBytes(path, ProgramCacheEntry.Wrap(key, [1, 2, 3]));
        Assert.That(Run(), Is.EqualTo(FromSource));
        Assert.That(Run(), Is.EqualTo(FromCache));
    }

    [Test]
    public void A_binary_that_the_driver_does_not_want_is_rebuilt()
    {
        Run();
        string path = Entries[0];
        File.WriteAllBytes(path, ProgramCacheEntry.Wrap(Path.GetFileNameWithoutExtension(path), [1, 2, 3, 4]));
        Assert.That(Run(), Is.EqualTo(Rebuilt));
        Assert.That(Run(), Is.EqualTo(FromCache));
    }

    [TestCase("CreateProgramWithBinary")]
    [TestCase("BuildProgram")]
    public void A_binary_that_fails_to_load_is_rebuilt(string call)
    {
        Run();
        DateTime written = Age(Entries[0]);
        bool hasFailed = false;
        var api = new FaultyClApi(Api)
        {
            Fault = ClStatus.InvalidBinary,
            Fails = (_, name) => name == call && !hasFailed && (hasFailed = true),
        };
        Assert.That(Run(api), Is.EqualTo(Rebuilt));
        Assert.That(File.GetLastWriteTimeUtc(Entries.Single()), Is.GreaterThan(written), "it is written anew");
    }

    [TestCase("CreateProgramWithBinary", "OutOfHostMemory")]
    [TestCase("CreateProgramWithBinary", "DeviceNotAvailable")]
    [TestCase("BuildProgram", "OutOfHostMemory")]
    [TestCase("BuildProgram", "OutOfResources")]
    public void A_good_entry_stays_where_the_driver_cannot_load_it_for_now(string call, string fault)
    {
        Run();
        byte[] entry = File.ReadAllBytes(Entries[0]);
        DateTime written = Age(Entries[0]);
        bool hasFailed = false;
        var api = new FaultyClApi(Api)
        {
            Fault = Enum.Parse<ClStatus>(fault),
            Fails = (_, name) => name == call && !hasFailed && (hasFailed = true),
        };
        Assert.That(Run(api), Is.EqualTo(Rebuilt));
        Assert.That(File.ReadAllBytes(Entries.Single()), Is.EqualTo(entry));
        Assert.That(File.GetLastWriteTimeUtc(Entries[0]), Is.EqualTo(written), "it is not written again");
        Assert.That(Run(), Is.EqualTo(FromCache));
    }

    [Test]
    public void A_program_whose_entry_cannot_even_be_tried_to_write_is_let_go()
    {
        var api = new FaultyClApi(Api);
        var cache = new ProgramCache("no\0folder", serves: _ => true);
        Assert.That(() => ProbeScenario.Run(api, cache), Throws.ArgumentException);
        Assert.That(api.LiveHandles, Is.Empty);
    }

    [Test]
    public void A_driver_that_gives_no_binary_is_not_cached()
    {
        var api = new FaultyClApi(Api) { Fails = (_, name) => name == nameof(ClApi.GetProgramInfo) };
        Assert.That(Run(api), Is.EqualTo(FromSource));
        Assert.That(Entries, Is.Empty);
    }

    [Test]
    public void A_folder_that_cannot_be_written_only_costs_the_cache()
    {
        string file = _folder["file"];
        File.WriteAllText(file, "no folder");
        var cache = new ProgramCache(Path.Combine(file, "below"), serves: _ => true);
        Assert.That(Run(cache: cache), Is.EqualTo(FromSource));
        Assert.That(Run(cache: cache), Is.EqualTo(FromSource));
    }

    [Test]
    public void Builders_at_once_do_no_harm()
    {
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => Run());
        Assert.That(Entries, Has.Length.EqualTo(1).And.None.EndsWith(".tmp"));
        Assert.That(Run(), Is.EqualTo(FromCache));
    }

    [Test]
    public void Processes_at_once_do_no_harm()
    {
        Process[] processes = [.. Enumerable.Range(0, 3).Select(_ => TestProcess.Start([TestProcess.Build, _folder.Root]))];
        foreach (Process process in processes)
        {
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero);
            process.Dispose();
        }

        Assert.That(Entries, Has.Length.EqualTo(1).And.None.EndsWith(".tmp"));
        Assert.That(Run(), Is.EqualTo(FromCache));
    }

    [Test]
    public void The_entries_used_longest_ago_make_room()
    {
        var cache = new ProgramCache(_folder.Root, 2500, _ => true);
        string[] keys = [.. "abcd".Select(letter => new string(letter, 64))];
        for (int i = 0; i < keys.Length; i++)
        {
            cache.Write(keys[i], new byte[1000]);
            File.SetLastWriteTimeUtc(_folder[keys[i] + ".clbin"], DateTime.UtcNow.AddMinutes(i - 10));
            if (i == 1)
            {
                // Used again, so the second is now the oldest.
                cache.NoteUse(keys[0]);
            }
        }

        Assert.That(keys.Select(key => cache.Read(key) is not null), Is.EqualTo(new[] { true, false, false, true }));
        cache.Write(keys[1], new byte[3000]);
        Assert.That(cache.Read(keys[1]), Is.Null, "larger than the whole cache");
    }

    [Test]
    public void What_a_dead_process_left_is_removed()
    {
        string old = _folder[$"convoy.{Guid.NewGuid():N}.tmp"];
        string young = _folder[$"convoy.{Guid.NewGuid():N}.tmp"];
        File.WriteAllText(old, "");
        File.WriteAllText(young, "");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddDays(-1));
        Run();
        Assert.That((File.Exists(old), File.Exists(young)), Is.EqualTo((false, true)));
    }

    [Test]
    public void What_others_keep_in_the_folder_stays()
    {
        string[] others = [.. new[] { "x.tmp", $"x.{Guid.NewGuid():N}.tmp", "convoy.tmp", "convoy.old.tmp", $"convoy.x.{Guid.NewGuid():N}.tmp", "x.json" }.Select(name => _folder.Write(name, ""))];
        Array.ForEach(others, other => File.SetLastWriteTimeUtc(other, DateTime.UtcNow.AddDays(-1)));
        Run();
        Assert.That(others, Is.All.Exist);
    }

    [Test]
    public void PoCL_keeps_its_own_cache()
    {
        var cache = new ProgramCache(_folder.Root);
        foreach (ClDevice device in Devices)
        {
            Assert.That(cache.Serves(device), Is.EqualTo(!device.Platform.IsPocl), device.Name);
        }

        Assert.That(new ProgramCache(null, serves: _ => true).Serves(AnyDevice), Is.False);
    }

    private ProgramCache Cache() => new(_folder.Root, serves: _ => true);

    /// <summary>Makes an entry look an hour old.</summary>
    private static DateTime Age(string entry)
    {
        File.SetLastWriteTimeUtc(entry, DateTime.UtcNow.AddHours(-1));
        return File.GetLastWriteTimeUtc(entry);
    }

    /// <summary>Runs the probe as a process does that just began, and answers the calls that created its program.</summary>
    private string[] Run(FaultyClApi? api = null, ProgramCache? cache = null)
    {
        api ??= new FaultyClApi(Api);
        ProbeScenario.Run(api, cache ?? Cache());
        Assert.That(api.LiveHandles, Is.Empty);
        return CreationsOf(api);
    }

    private static string[] CreationsOf(FaultyClApi api) => [.. api.Calls.Where(call => call is Source or Binary)];
}
