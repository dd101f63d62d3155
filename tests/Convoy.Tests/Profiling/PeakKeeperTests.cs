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
        Assert.That(Flops(keeper.Get(device, 1, false)), Is.EqualTo(1));
        System.IO.File.Delete(File);
        Assert.That(Flops(keeper.Get(device, 1, false)), Is.EqualTo(1));
        Assert.That(keeper.Find(device, 1)!.GigaFlopsPerSecond, Is.EqualTo(1));
        Assert.That(Flops(keeper.Get(device, 1, true)), Is.EqualTo(2));
        Assert.That(Flops(Keeper().Get(device, 1, false)), Is.EqualTo(2), "the next process has what was measured last");
    }

    [Test]
    public void The_next_process_takes_what_the_first_measured_of_the_same_driver()
    {
        Keeper().Get(Made("driver 1"), 1, false);
        Assert.That(Keeper().Find(Made("driver 1"), 1)!, Has.Property("GigaFlopsPerSecond").EqualTo(1).And.Property("CacheBytes").EqualTo(7));
        Assert.That(Flops(Keeper().Get(Made("driver 1"), 1, false)), Is.EqualTo(1));
        Assert.That(Flops(Keeper().Get(Made("driver 2"), 1, false)), Is.EqualTo(2), "an update is measured anew");
        Assert.That(Flops(Keeper().Get(Made("driver 1"), 2, false)), Is.EqualTo(3), "and so are other threads");
        Assert.That(JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject(), Has.Count.EqualTo(3));
        Assert.That(Directory.GetFiles(Folder["cache"]), Has.Length.EqualTo(1), "nothing unfinished is left");
    }

    [Test]
    public void What_was_reached_once_or_is_of_an_unknown_build_holds_for_the_process()
    {
        PeakKeeper unsettled = Keeper(isSettled: false);
        Assert.That(Flops(unsettled.Get(Made("driver 1"), 1, false)), Is.EqualTo(1));
        Assert.That(Flops(unsettled.Get(Made("driver 1"), 1, false)), Is.EqualTo(1));
        PeakKeeper unknown = Keeper();
        Assert.That(Flops(unknown.Get(Made(null), 1, false)), Is.EqualTo(2));
        Assert.That(Flops(unknown.Get(Made(null), 1, false)), Is.EqualTo(2));
        Assert.That(System.IO.File.Exists(File), Is.False);
        Assert.That(Flops(new PeakKeeper(() => null, Measure(true)).Get(Made("driver 1"), 1, false)), Is.EqualTo(3), "without a cache");
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
    [TestCase("{\"KEY\": {\"threads\": 1, \"gflops_per_second\": 5, \"gbytes_per_second\": 1, \"problems\": []}} and more")]
    public void A_damaged_file_is_nothing_and_is_written_over(string text)
    {
        Device device = Made("driver 1");
        Keeper().Get(device, 1, false);
        string key = JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject().Single().Key;
        Folder.Write("cache/peaks.json", text.Replace("KEY", key, StringComparison.Ordinal));
        Assert.That(Keeper().Find(device, 1), Is.Null);
        Assert.That(Flops(Keeper().Get(device, 1, false)), Is.EqualTo(2));
        Assert.That(Flops(Keeper().Get(device, 1, false)), Is.EqualTo(2));
    }

    [Test]
    public void A_file_that_is_too_large_or_grew_for_years_is_begun_anew()
    {
        var file = new PeaksFile(File);
        for (int i = 0; i < 300; i++)
        {
            file.Add($"driver {i}", new DevicePeaks(1, 1, 1));
        }

        Assert.That(JsonNode.Parse(System.IO.File.ReadAllText(File))!.AsObject(), Has.Count.InRange(1, 256));
        Assert.That(file.Read("driver 299"), Is.Not.Null);
        System.IO.File.AppendAllText(File, new string(' ', PeaksFile.MaximumBytes));
        Assert.That(file.Read("driver 299"), Is.Null);
        file.Add("another", new DevicePeaks(1, 1, 1));
        Assert.That(file.Read("another"), Is.Not.Null);
    }

    [Test]
    public void A_device_that_cannot_be_used_or_measured_has_the_reason()
    {
        PeakKeeper keeper = Keeper();
        Device missing = new("opencl", "any", 0, "There is no driver.", _ => throw new DeviceException("none"));
        Assert.That(keeper.Get(missing, 1, false), Is.EqualTo(((DevicePeaks?)null, "The device 'opencl' cannot be used: There is no driver.")));
        Assert.That(keeper.Find(missing, 1), Is.Null);
        var failing = new PeakKeeper(() => new PeaksFile(File), (_, _, _) => throw new DeviceException("It broke."));
        Assert.That(failing.Get(Made("driver 1"), 1, false), Is.EqualTo(((DevicePeaks?)null, "It broke.")));
        Assert.That(System.IO.File.Exists(File), Is.False);
    }

    private static double? Flops((DevicePeaks? Peaks, string? Problem) known) => known.Peaks?.GigaFlopsPerSecond;

    private static Device Made(string? description) => new("made-up", "made up", 1, null, _ => throw new DeviceException("none"), peaks: new Source(description));

    /// <summary>A keeper as a process has it that just began; each measurement gives its number.</summary>
    private PeakKeeper Keeper(bool isSettled = true) => new(() => new PeaksFile(File), Measure(isSettled));

    private PeakKeeper.Measuring Measure(bool isSettled) => (_, _, threads) => (new DevicePeaks(threads, ++_measurements, 1) { CacheBytes = 7 }, isSettled);

    private sealed class Source(string? description) : IPeakSource
    {
        public bool IsRisky => false;

        public string? Describe(int threads) => description is null ? null : $"{description}, threads {threads}";

        public MeasuredPeaks Measure(int threads) => throw new InvalidOperationException("The keeper was given what measures.");
    }
}
