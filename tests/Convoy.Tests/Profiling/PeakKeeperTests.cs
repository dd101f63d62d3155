using System.Text.Json.Nodes;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>Peaks once measured are kept, for the process and for the next, whatever becomes of the file.</summary>
public sealed class PeakKeeperTests : FolderFixture
{
    private int _measurements;

    private string File => Folder["cache/peaks.json"];

    [SetUp]
    public void Begin() => _measurements = 0;

    [Test]
    public void A_process_measures_once_and_anew_where_it_is_told_to()
    {
        PeakKeeper keeper = Keeper();
        Device device = Made("driver 1");
        Assert.That(keeper.Find(device, 1), Is.Null);
        Assert.That(Flops(keeper.Get(device, 1, PeakPolicy.WhenUnknown)), Is.EqualTo(1));
        System.IO.File.Delete(File);
        Assert.That(Flops(keeper.Get(device, 1, PeakPolicy.WhenUnknown)), Is.EqualTo(1));
        Assert.That(keeper.Find(device, 1)!.GigaFlopsPerSecond, Is.EqualTo(1));
        Assert.That(Flops(keeper.Get(device, 1, PeakPolicy.Replace)), Is.EqualTo(2));
        Assert.That(Flops(Keeper().Get(device, 1, PeakPolicy.WhenUnknown)), Is.EqualTo(2), "the next process has what was measured last");
    }

    [Test]
    public void The_next_process_takes_what_the_first_measured_of_the_same_driver()
    {
        Keeper().Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown);
        Assert.That(Keeper().Find(Made("driver 1"), 1)!, Has.Property("GigaFlopsPerSecond").EqualTo(1).And.Property("CacheBytes").EqualTo(7));
        Assert.That(Flops(Keeper().Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(1));
        Assert.That(Flops(Keeper().Get(Made("driver 2"), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(2), "an update is measured anew");
        Assert.That(Flops(Keeper().Get(Made("driver 1"), 2, PeakPolicy.WhenUnknown)), Is.EqualTo(3), "and so are other threads");
        Assert.That(JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject(), Has.Count.EqualTo(3));
        Assert.That(Directory.GetFiles(Folder["cache"]), Has.Length.EqualTo(1), "nothing unfinished is left");
    }

    [Test]
    public void What_was_reached_once_or_is_of_an_unknown_build_holds_for_the_process()
    {
        PeakKeeper unsettled = Keeper(isSettled: false);
        Assert.That(Flops(unsettled.Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(1));
        Assert.That(Flops(unsettled.Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(1));
        PeakKeeper unknown = Keeper();
        Assert.That(Flops(unknown.Get(Made(null), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(2));
        Assert.That(Flops(unknown.Get(Made(null), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(2));
        Assert.That(System.IO.File.Exists(File), Is.False);
        Assert.That(Flops(new PeakKeeper(() => null, Measure(true)).Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(3), "without a cache");
    }

    [Test]
    public void What_was_measured_while_others_took_the_cores_holds_for_the_process()
    {
        PeakKeeper busy = Keeper(othersPercent: 10);
        Assert.That(Flops(busy.Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(1));
        Assert.That(busy.Find(Made("driver 1"), 1)!.IsDisturbed, Is.True);
        Assert.That(System.IO.File.Exists(File), Is.False);
        Assert.That(Flops(Keeper(othersPercent: 9.9).Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown)), Is.EqualTo(2));
        Assert.That(Flops(busy.Get(Made("driver 1"), 1, PeakPolicy.Replace)), Is.EqualTo(3));
        Assert.That(Keeper().Find(Made("driver 1"), 1), Has.Property("GigaFlopsPerSecond").EqualTo(2).And.Property("IsDisturbed").False);
        Keeper(othersPercent: null).Get(Made("driver 2"), 1, PeakPolicy.WhenUnknown);
        Assert.That(Keeper().Find(Made("driver 2"), 1), Is.Not.Null, "a system that does not tell holds nothing back");
    }

    [Test]
    public void Another_look_never_makes_a_peak_lower_but_a_refresh_may()
    {
        Device device = Made("driver 1");
        PeakKeeper keeper = KeeperOf(5, 3, 4, 7);
        foreach ((PeakPolicy policy, double expected) in new[]
        {
            (PeakPolicy.WhenUnknown, 5.0), (PeakPolicy.Improve, 5), (PeakPolicy.Replace, 4), (PeakPolicy.Improve, 7), (PeakPolicy.WhenUnknown, 7),
        })
        {
            Assert.That(Flops(keeper.Get(device, 1, policy)), Is.EqualTo(expected), $"{policy}");
            Assert.That(Flops((Keeper().Find(device, 1), null)), Is.EqualTo(expected), $"{policy}, for the next process");
        }
    }

    [Test]
    public void Of_two_processes_that_measure_at_once_the_better_is_kept()
    {
        Device device = Made("driver 1");
        PeakKeeper first = new(() => new PeaksFile(File), (_, _, _, _, cancellationToken) =>
        {
            KeeperOf(9).Get(device, 1, PeakPolicy.WhenUnknown, null, cancellationToken);
            return (new DevicePeaks(1, 6, 1), true);
        });
        first.Get(device, 1, PeakPolicy.WhenUnknown);
        Assert.That(Flops((Keeper().Find(device, 1), null)), Is.EqualTo(9));
    }

    [Test]
    public void Of_two_measurements_each_figure_is_the_better()
    {
        var one = new DevicePeaks(2, 5, 30)
        {
            HalfGigaFlopsPerSecond = 9,
            UploadGigaBytesPerSecond = 3,
            DownloadGigaBytesPerSecond = 8,
            LaunchMicroseconds = 4,
            ShortestMicroseconds = 2,
            CacheBytes = 7,
            OtherProcessesPercent = 4,
            Problems = ["The cache was not measured.", "It is old."],
        };
        var other = new DevicePeaks(2, 6, 20)
        {
            HalfGigaFlopsPerSecond = 8,
            CacheGigaBytesPerSecond = 50,
            UploadGigaBytesPerSecond = 5,
            LaunchMicroseconds = 6,
            ShortestMicroseconds = 1,
            CacheBytes = 7,
            OtherProcessesPercent = 20,
            Problems = ["Copying back was not measured.", "It is old."],
        };
        var expected = new DevicePeaks(2, 6, 30)
        {
            HalfGigaFlopsPerSecond = 9,
            CacheGigaBytesPerSecond = 50,
            UploadGigaBytesPerSecond = 5,
            DownloadGigaBytesPerSecond = 8,
            LaunchMicroseconds = 4,
            ShortestMicroseconds = 1,
            CacheBytes = 7,
            OtherProcessesPercent = 4,
        };
        foreach (var best in new[] { DevicePeaks.BestOf(one, other), DevicePeaks.BestOf(other, one) })
        {
            Assert.That(best.Problems, Is.EqualTo(new[] { "It is old." }));
            Assert.That(best with { Problems = expected.Problems }, Is.EqualTo(expected));
        }
    }

    [TestCase("")]
    [TestCase("{")]
    [TestCase("null")]
    [TestCase("[1, 2]")]
    [TestCase("{\"KEY\": null}")]
    [TestCase("{\"KEY\": {}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5, \"gbytes_per_second\": 0, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": -5, \"gbytes_per_second\": 1, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 1e999, \"gbytes_per_second\": 1, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 1e300, \"gbytes_per_second\": 1, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": \"NaN\", \"gbytes_per_second\": 1, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 0, \"gflops_per_second\": 5, \"gbytes_per_second\": 1, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5, \"gbytes_per_second\": 1, \"launch_us\": -1, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5, \"gbytes_per_second\": 1, \"cache_bytes\": -1, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5, \"gbytes_per_second\": 1, \"problems\": null}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5, \"gbytes_per_second\": 1, \"other_processes_percent\": 50, \"problems\": []}}")]
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5, \"gbytes_per_second\": 1, \"problems\": []}} and more")]
    public void A_damaged_file_is_nothing_and_is_written_over(string text)
    {
        Device device = Made("driver 1");
        Keeper().Get(device, 1, PeakPolicy.WhenUnknown);
        string key = JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject().Single().Key;
        Folder.Write("cache/peaks.json", text.Replace("KEY", key, StringComparison.Ordinal));
        Assert.That(Keeper().Find(device, 1), Is.Null);
        Assert.That(Flops(Keeper().Get(device, 1, PeakPolicy.WhenUnknown)), Is.EqualTo(2));
        Assert.That(Flops(Keeper().Get(device, 1, PeakPolicy.WhenUnknown)), Is.EqualTo(2));
    }

    [Test]
    public void A_file_that_is_too_large_or_grew_for_years_is_begun_anew()
    {
        var file = new PeaksFile(File);
        for (int i = 0; i < 300; i++)
        {
            file.Add($"driver {i}", new DevicePeaks(1, 1, 1), replaces: false);
        }

        Assert.That(JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject(), Has.Count.InRange(1, 256));
        Assert.That(file.Read("driver 299"), Is.Not.Null);
        System.IO.File.AppendAllText(File, new string(' ', PeaksFile.MaximumBytes));
        Assert.That(file.Read("driver 299"), Is.Null);
        file.Add("another", new DevicePeaks(1, 1, 1), replaces: false);
        Assert.That(file.Read("another"), Is.Not.Null);
    }

    [Test]
    public void A_device_that_cannot_be_used_or_measured_has_the_reason()
    {
        PeakKeeper keeper = Keeper();
        Device missing = new("opencl", "any", 0, "There is no driver.", _ => throw new DeviceException("none"));
        Assert.That(keeper.Get(missing, 1, PeakPolicy.WhenUnknown), Is.EqualTo(((DevicePeaks?)null, "The device 'opencl' cannot be used: There is no driver.")));
        Assert.That(keeper.Find(missing, 1), Is.Null);
        var failing = new PeakKeeper(() => new PeaksFile(File), (_, _, _, _, _) => throw new DeviceException("It broke."));
        Assert.That(failing.Get(Made("driver 1"), 1, PeakPolicy.WhenUnknown), Is.EqualTo(((DevicePeaks?)null, "It broke.")));
        Assert.That(System.IO.File.Exists(File), Is.False);
    }

    private static double? Flops((DevicePeaks? Peaks, string? Problem) known) => known.Peaks?.GigaFlopsPerSecond;

    private static Device Made(string? description) => new("made-up", "made up", 1, null, _ => throw new DeviceException("none"), peaks: new Source(description));

    /// <summary>A keeper as a process has it that just began; each measurement gives its number.</summary>
    private PeakKeeper Keeper(bool isSettled = true, double? othersPercent = 1) => new(() => new PeaksFile(File), Measure(isSettled, othersPercent));

    /// <summary>One whose measurements give these.</summary>
    private PeakKeeper KeeperOf(params double[] flops)
    {
        var next = new Queue<double>(flops);
        return new(() => new PeaksFile(File), (_, _, threads, _, _) => (new DevicePeaks(threads, next.Dequeue(), 1), true));
    }

    private PeakKeeper.Measuring Measure(bool isSettled, double? othersPercent = 1) => (_, _, threads, _, _) =>
        (new DevicePeaks(threads, ++_measurements, 1) { CacheBytes = 7, OtherProcessesPercent = othersPercent }, isSettled);

    private sealed class Source(string? description) : IPeakSource
    {
        public bool IsRisky => false;

        public string? Describe(int threads) => description is null ? null : $"{description}, threads {threads}";

        public MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress) => throw new InvalidOperationException("The keeper was given what measures.");
    }
}
