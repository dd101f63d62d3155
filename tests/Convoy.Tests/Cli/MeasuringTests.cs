using System.Text.Json;
using System.Text.Json.Nodes;
using Convoy.Cli.Commands;
using Convoy.Cli.Data;
using Convoy.Cli.Measuring;
using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Profiling;
using Convoy.Profiling.Pages;

namespace Convoy.Tests.Cli;

/// <summary>What bench prints, and what it shares with profile; never how fast.</summary>
[TestFixture]
public sealed class MeasuringTests
{
    private static readonly string[] BenchFields =
    [
        "model", "device", "device_name", "backend", "precision", "batch", "threads", "images_per_second", "images_per_second_low",
        "images_per_second_high", "batches_in_flight", "latency_ms", "build_ms", "first_run_ms", "warm_up_ms", "upload_ms", "compute_ms", "download_ms",
        "overlapped_ms", "peak_native_bytes", "peak_device_bytes", "effective_percent_of_peak", "executed_percent_of_peak", "percent_of_roofline", "other_processes_percent",
        "runs", "slice_ms", "memory_gbytes_per_second", "memory_gbytes", "version", "commit", "measured_on",
    ];

    [Test]
    public async Task Bench_has_an_object_for_each_combination()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync(
            "bench", "lenet5", "--device", "native", "--batch", "1,4", "--threads", "1,2", "--seconds", "0.01", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        JsonArray results = run.Json.AsArray();
        Assert.That(
            results.Select(each => ((string)each!["device"]!, (int)each["threads"]!, (int)each["batch"]!)),
            Is.EqualTo(new[] { ("native", 1, 1), ("native", 1, 4), ("native", 2, 1), ("native", 2, 4) }));
        CliRun devices = await CliRun.ConvoyAsync("bench", "lenet5", "--device", "reference,native", "--batch", "1,4", "--seconds", "0.01", "--output", "json");
        Assert.That(
            devices.Json.AsArray().Select(each => ((string)each!["device"]!, (int)each["batch"]!)),
            Is.EqualTo(new[] { ("reference", 1), ("reference", 4), ("native", 1), ("native", 4) }));
        foreach (JsonNode? result in results.Concat(devices.Json.AsArray()))
        {
            Assert.That(CliRun.NamesOf(result), Is.EqualTo(BenchFields));
            Assert.That(CliRun.NamesOf(result!["latency_ms"]), Is.EqualTo(new[] { "min", "p50", "p90", "p99", "max" }));
            double[] latencies = [.. result["latency_ms"]!.AsObject().Select(each => (double)each.Value!)];
            Assert.That(latencies, Is.Ordered.Ascending);
            double[] slices = [.. result["slice_ms"]!.AsArray().Select(each => (double)each!).Order()];
            Assert.That(slices, Has.Length.GreaterThanOrEqualTo(2));
            Assert.That(slices, Is.All.InRange(latencies[0], latencies[4]), "medians of runs one after the other");
            Assert.That(
                (double)result["images_per_second"]!,
                Is.InRange((double)result["images_per_second_low"]!, (double)result["images_per_second_high"]!)
                    .And.InRange((int)result["batch"]! / slices[^1] * 1e3 * 0.999, (int)result["batch"]! / slices[0] * 1e3 * 1.001));
            Assert.That((int)result["runs"]!, Is.GreaterThanOrEqualTo(3));
            Assert.That((long)result["peak_native_bytes"]!, Is.GreaterThan(0));
            Assert.That(result["peak_device_bytes"], Is.Null, "these compute in the host's memory");
            Assert.That((double)result["first_run_ms"]!, Is.GreaterThan(0));
        }
    }

    [Test]
    public async Task Peak_memory_is_that_of_the_combination_alone()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync("bench", "lenet5", "--device", "native", "--batch", "256,1", "--seconds", "0.01", "--output", "json");
        Assert.That((long)run.Json[1]!["peak_native_bytes"]!, Is.LessThan((long)run.Json[0]!["peak_native_bytes"]!));
    }

    [Test]
    public void Peak_memory_is_that_of_all_batches_under_way()
    {
        // 16 MiB of images a batch, so that other tests' buffers do not matter.
        long alone = PeakOf(batchesInFlight: 1), together = PeakOf(batchesInFlight: 8);
        Assert.That(together - alone, Is.GreaterThan(6L * (16 << 20)));

        static long PeakOf(int batchesInFlight)
        {
            Network network = new NetworkBuilder("identity", Shape.Vector(1 << 20)).Dropout("nothing", 0).Build();
            using WeightSet none = WeightSet.FromTensors("none", []);
            using var series = new BenchSeries(network, none, new BenchLength(1e-9, 1));
            series.Measure([new BenchCombination(new StagedDevice("staged", _ => { }, batchesInFlight).Device, new SessionOptions { BatchSize = 4 })], new ProgressCounter(), default);
            return series.Results.Single().PeakNativeBytes!.Value;
        }
    }

    [Test]
    public void Shares_of_peaks_that_were_not_measured_are_missing_for_a_reason()
    {
        BenchResult result = BenchOf(new StagedDevice("unmeasured", _ => { }).Device);
        Assert.That(result.PeaksProblem, Does.Contain("'unmeasured'"));
        Assert.That((result.ExecutedPercentOfPeak, result.PercentOfRoofline), Is.EqualTo(((double?)null, (double?)null)));
        Assert.That((string?)JsonNode.Parse(JsonSerializer.Serialize([result], BenchJson.TypeInfo))![0]!["peaks_problem"], Is.EqualTo(result.PeaksProblem));
        string note = BenchNotes.DescribePeaks([result, result]).Single();
        Assert.That(note, Does.StartWith("unmeasured: shares of the peaks and the roofline are missing.").And.EndsWith(result.PeaksProblem));
        using var page = new MemoryStream();
        BenchPage.Write(page, [result]);
        Assert.That(System.Text.Encoding.UTF8.GetString(page.ToArray()), Does.Contain("shares of the peaks and the roofline are missing"));
    }

    [Test]
    public void A_layer_is_held_against_the_roof_that_is_lower_for_it()
    {
        // So slow a memory that what passes through it takes longer than all else, and so fast a one that it takes no time.
        TestDevices.RequireNative();
        BenchResult fast = BenchOf(MadeOf("fast", 1e12));
        double gigaBytes = 10 * fast.MemoryGigaBytes!.Value * fast.ImagesPerSecond / fast.BatchSize;
        BenchResult slow = BenchOf(MadeOf("slow", gigaBytes));
        Assert.That(fast.PercentOfRoofline, Is.EqualTo(fast.ExecutedPercentOfPeak).Within(0.1).Percent);
        Assert.That(slow.PercentOfRoofline, Is.EqualTo(100 * slow.MemoryGigaBytes / gigaBytes * slow.ImagesPerSecond / slow.BatchSize).Within(0.1).Percent);
        Assert.That(slow.PercentOfRoofline, Is.GreaterThan(10 * slow.ExecutedPercentOfPeak!.Value));

        static Device MadeOf(string name, double gigaBytes) => new(name, "for tests", 1, null, Device.Native.CreateBackend, peaks: new SetPeaks(1e6, gigaBytes));
    }

    [TestCase(1e-6, 1e12, "the peaks and the roofline")]
    [TestCase(1e6, 1e-6, "the roofline")]
    public void Shares_of_peaks_that_batches_exceed_are_missing_and_it_is_said(double gigaFlops, double gigaBytes, string shares)
    {
        TestDevices.RequireNative();
        BenchResult result = BenchOf(new Device($"low in {shares}", "for tests", 1, null, Device.Native.CreateBackend, peaks: new SetPeaks(gigaFlops, gigaBytes)));
        bool isPeakTooLow = gigaFlops < 1;
        Assert.That((result.PercentOfRoofline, result.ExecutedPercentOfPeak is null, result.EffectivePercentOfPeak is null), Is.EqualTo(((double?)null, isPeakTooLow, isPeakTooLow)));
        Assert.That(BenchNotes.DescribePeaks([result]), Is.EqualTo(new[] { $"low in {shares}: shares of {shares} are missing. {result.PeaksProblem}" }));
        Assert.That(result.PeaksProblem, Does.Contain("below what batches do").And.Contain("convoy devices --refresh"));
    }

    [Test]
    public async Task Peak_memory_of_a_device_is_that_of_the_combination_alone()
    {
        TestDevices.RequireOpenCl();
        CliRun run = await CliRun.ConvoyAsync("bench", "lenet5", "--device", "opencl", "--batch", "256,1", "--seconds", "0.01", "--output", "json");
        long[] peaks = [.. run.Json.AsArray().Select(each => (long)each!["peak_device_bytes"]!)];
        Assert.That(peaks[1], Is.GreaterThan(61_706 * sizeof(float)).And.LessThan(peaks[0]), "the weights at least");
    }

    [Test]
    public async Task Bench_tables_have_a_row_for_each_combination()
    {
        CliRun run = await CliRun.ConvoyAsync("bench", "lenet5", "--device", "reference", "--batch", "1,2", "--seconds", "0.01", "--output", "csv");
        string[] lines = run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.EqualTo(3));
        Assert.That(lines[0], Does.StartWith("model,device,precision,threads,batch,images_per_second,images_per_second_low,images_per_second_high,spread_percent,batches_in_flight,min_ms,p50_ms"));
        Assert.That(lines[1], Does.StartWith("lenet5,reference,fp64,1,1,"));
    }

    [Test]
    public async Task A_bench_measures_what_is_possible_and_says_what_it_leaves_out()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync(
            "bench", "lenet5", "--device", "native,reference", "--precision", "fp32,fp16", "--batch", "1", "--seconds", "0.01", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(
            run.Json.AsArray().Select(each => ((string)each!["device"]!, (string)each["precision"]!)),
            Is.EqualTo(new[] { ("native", "fp32"), ("native", "fp16"), ("reference", "fp64") }));
        Assert.That(run.Error, Is.EqualTo(
            "convoy: Left out 1 of 4 combinations: The device 'reference' keeps weights as they are; only 'native' stores them in 16 bits.\n"));
    }

    [Test]
    public async Task A_bench_says_which_combination_comes_to_the_same_as_another()
    {
        TestDevices.RequireNative();
        string all = Device.Native.Threads.ToString(null, null);
        CliRun run = await CliRun.ConvoyAsync(
            "bench", "lenet5", "--device", "native", "--threads", $"0,{all}", "--batch", "1", "--seconds", "0.01", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json.AsArray(), Has.Count.EqualTo(1));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.One.Match($"Left out 'native, fp32, {all} threads?, batch 1': it comes to {all} threads?"));
    }

    [TestCase("native")]
    [TestCase("reference")]
    [TestCase("opencl")]
    public async Task Upload_compute_and_download_are_told_apart(string device)
    {
        if (device == "opencl")
        {
            TestDevices.RequireOpenCl();
        }
        else if (device == "native")
        {
            TestDevices.RequireNative();
        }

        CliRun bench = await CliRun.ConvoyAsync("bench", "lenet5", "--device", device, "--batch", "4", "--seconds", "0.01", "--output", "json");
        CliRun profile = await CliRun.ConvoyAsync("profile", "lenet5", "--device", device, "--batch", "4", "--runs", "1", "--no-chains", "--output", "json");

        // The native device reads LeNet-5's images where they are; so does a chain on an OpenCL device of cores, but no single layer.
        Assert.That((double)bench.Json[0]!["upload_ms"]!, device == "native" ? Is.Zero : device == "opencl" ? Is.Not.Negative : Is.Positive);
        Assert.That((double)profile.Json["upload_ms"]!, device == "native" ? Is.Not.Negative : Is.Positive);
        foreach (JsonNode document in new[] { bench.Json[0]!, profile.Json })
        {
            Assert.That((double)document["compute_ms"]!, Is.Positive.And.GreaterThan((double)document["download_ms"]!));
            Assert.That((double)document["download_ms"]!, Is.Positive);
        }

        Assert.That((string)bench.Json[0]!["backend"]!, Is.EqualTo(device));
        Assert.That((string)bench.Json[0]!["device"]!, Does.StartWith(device));
        AssertOverlap(bench.Json[0]!);
        Assert.That(profile.Json["stream"] is not null, Is.EqualTo(device == "opencl"), "elsewhere nothing overlaps");
        if (profile.Json["stream"] is { } stream)
        {
            Assert.That(CliRun.NamesOf(stream), Is.EquivalentTo(new[] { "transfer_ms", "batches_in_flight", "transfers_batches", "upload_ms", "compute_ms", "download_ms", "overlapped_ms", "wall_ms", "timeline" }));
            Assert.That((double)stream["wall_ms"]!, Is.Positive);
            AssertOverlap(stream);
        }

        JsonArray layers = profile.Json["layers"]!.AsArray();
        Assert.That((double)profile.Json["upload_ms"]!, Is.EqualTo((double)layers[0]!["ms"]!));
        Assert.That((double)profile.Json["download_ms"]!, Is.EqualTo((double)layers[^1]!["ms"]!));
        Assert.That(
            (double)profile.Json["compute_ms"]!, Is.EqualTo(layers.Skip(1).SkipLast(1).Sum(layer => (double)layer!["ms"]!)).Within(1e-9));
    }

    [Test]
    public void Peaks_that_were_measured_on_a_busy_machine_are_said_to_be([Values(9.9, 34)] double others)
    {
        DevicePeaks peaks = new(2, 118, 30) { OtherProcessesPercent = others };
        var device = new DeviceDocument("native", "cores", DeviceType.Cpu, 2, true, null, "", null, 2, [], null, 0, null, peaks, null);
        IEnumerable<string> notes = DeviceReports.Create([device]).First().Notes;
        Assert.That(notes.Any(note => note.StartsWith("native: other processes took 34 % of the cores while it was measured", StringComparison.Ordinal)), Is.EqualTo(others > 10));
        NetworkProfile profile = MadeUpProfile.Of(MadeUpProfile.Layer("conv", 1)) with { Peaks = peaks };
        Assert.That(
            ProfileReport.CreateReport(profile).Notes.Any(note => note.EndsWith("while other processes took 34 % of the cores: they may be too low.", StringComparison.Ordinal)),
            Is.EqualTo(others > 10));
    }

    [Test]
    public void Ranking_puts_the_highest_first_the_lower_index_of_equals_and_not_numbers_last()
    {
        float[] scores = [0.1f, float.NaN, 0.4f, 0.1f, 0.4f, float.NegativeInfinity];
        Assert.That(Ranking.FindTop(scores, 3), Is.EqualTo(new[] { 2, 4, 0 }));
        Assert.That(Ranking.FindTop(scores, 9), Is.EqualTo(new[] { 2, 4, 0, 3, 5, 1 }));
    }

    private static BenchResult BenchOf(Device device)
    {
        Network network = Convoy.Models.LeNet5.Create();
        using WeightSet weights = WeightSet.Random(network, 1);
        using var series = new BenchSeries(network, weights, new BenchLength(1e-9, 4));
        series.Measure([new BenchCombination(device, new SessionOptions { BatchSize = 2 })], new ProgressCounter(), default);
        return series.Results.Single();
    }

    private static void AssertOverlap(JsonNode document)
    {
        double transfers = (double)document["upload_ms"]! + (double)document["download_ms"]!;
        Assert.That((double)document["overlapped_ms"]!, Is.InRange(0, (int)document["batches_in_flight"]! > 1 ? transfers : 0));
    }

    /// <summary>A device of a billion operations a second, and a memory as given.</summary>
    private sealed class SetPeaks(double gigaFlops, double gigaBytes) : IPeakSource
    {
        public bool IsRisky => false;

        public string? Describe(int threads) => null;

        public MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress) => new(threads) { Flops = gigaFlops * 1e9, MemoryBytes = gigaBytes * 1e9 };
    }
}
