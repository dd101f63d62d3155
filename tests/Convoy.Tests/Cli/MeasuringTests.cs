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

/// <summary>What bench, profile and devices print; never how fast.</summary>
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

    private static readonly string[] ProfileFields =
    [
        "model", "device", "device_name", "backend", "precision", "batch", "threads", "runs", "layers", "busy_ms", "wall_ms", "wall_spread_ms", "other_processes_percent", "peaks", "memory_gbytes_per_second",
        "stream", "timeline", "memory", "sum_ms", "gap_ms", "upload_ms", "compute_ms", "download_ms", "images_per_second", "measured_on",
    ];

    private static readonly string[] WorkFields =
    [
        "name", "ms", "spread_ms", "percent", "executed_gflop", "gbytes", "memory_gbytes", "executed_gflops_per_second", "gbytes_per_second", "intensity",
        "percent_of_peak", "percent_of_bandwidth", "limit", "threads",
    ];

    private static readonly string[] LayerFields =
    [
        "layers", "op", "algorithm", "choice", "input_shape", "output_shape", "gflop", "gflops_per_second", "shares", "phases", .. WorkFields,
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
            Assert.That(Names(result), Is.EqualTo(BenchFields));
            Assert.That(Names(result!["latency_ms"]), Is.EqualTo(new[] { "min", "p50", "p90", "p99", "max" }));
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
    public async Task Devices_tell_of_the_cores_what_computes_on_them_and_no_clock_that_nobody_knows()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync("devices", "--no-measure", "--output", "json");
        JsonNode native = run.Json.AsArray().Single(each => (string)each!["name"]! == "native")!;
        Assert.That((string)native["version"]!, Does.Match(@"^Convoy \S+, ABI version \d+$"));
        Assert.That((int)native["units"]!, Is.EqualTo(Environment.ProcessorCount));
        Assert.That(native["instruction_sets"]!.AsArray().Select(each => (string)each!), Does.Contain("scalar").And.Contain(Device.Native.Description.Split(", ")[^1]));
        Assert.That(run.Json.AsArray().Select(each => (int?)each!["clock_mhz"]), Has.None.EqualTo(0));

        var unknown = new DeviceDocument("native", "cores", DeviceType.Cpu, 2, true, null, "", "Convoy 1, ABI version 7", 2, ["scalar", "avx2"], null, 0, null, null, null);
        string[][] facts = [.. DeviceReports.Create([unknown]).Last().Rows.Select(row => row.Select(cell => cell.Text).ToArray())];
        DeviceDocument halfless = unknown with { Peaks = new DevicePeaks(2, 3, 4) { HalfReason = "computes in fp32" } };
        Report table = DeviceReports.Create([halfless]).First();
        Dictionary<string, Cell> cells = table.Columns.Index().ToDictionary(each => each.Item.Key, each => table.Rows[0][each.Index]);
        Assert.That((cells["half_gflops_per_second"], cells["half_reason"].Raw), Is.EqualTo((new Cell("none", ""), "computes in fp32")));
        Assert.That(DeviceReports.Create([halfless]).Last().Rows.Select(row => (row[0].Text, row[1].Text)), Does.Contain(("fp16 arithmetic", "none: computes in fp32")));
        Assert.That(facts.Take(4), Is.EqualTo(new[] { new[] { "version", "Convoy 1, ABI version 7" }, ["units", "2"], ["instruction sets", "scalar, avx2"], ["clock", "unknown"] }));
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
    public async Task Profile_tells_the_kernels_and_transfers_of_a_layer_apart()
    {
        TestDevices.RequireOpenCl();
        string[] command = ["profile", "lenet5", "--device", "opencl", "--batch", "1", "--runs", "1"];
        CliRun json = await CliRun.ConvoyAsync([.. command, "--output", "json"]);
        JsonArray layers = json.Json["layers"]!.AsArray();
        Assert.That(layers.Single(layer => (string)layer!["name"]! == "fc1")!["phases"]!.AsArray().Single()!["name"]!.ToString(), Is.EqualTo("convolution"));
        JsonArray kernels = layers[^1]!["phases"]!.AsArray();
        Assert.That(kernels.Select(Names), Is.All.EquivalentTo((string[])["launches", .. WorkFields]));
        Assert.That(kernels.Select(kernel => (string)kernel!["name"]!).ToArray(), Has.Length.EqualTo(2).And.ItemAt(0).EqualTo("copy buffer"));
        Assert.That(kernels.Sum(kernel => (double)kernel!["ms"]!), Is.EqualTo((double)layers[^1]!["ms"]!).Within(1e-9));
        Assert.That((double)json.Json["busy_ms"]!, Is.Positive.And.LessThanOrEqualTo((double)json.Json["sum_ms"]! + 1e-9));

        // Rows of their own stand below those of layers; people see them where there are several.
        CliRun table = await CliRun.ConvoyAsync(command);
        CliRun csv = await CliRun.ConvoyAsync([.. command, "--output", "csv"]);
        Assert.That(table.Out, Does.Match(@"fc1 .*\n +fc2 "));
        Assert.That(table.Out, Does.Match(@"output .*\n +copy buffer .*\n +(map|read) buffer "));
        Assert.That(csv.Out, Does.Match(@"\nfc1,,fc.*\nfc1,convolution,"));
        Assert.That(csv.Out, Does.Match(@"\noutput,,download,.*\noutput,copy buffer,download,").And.Match("^.*,model,device,precision,batch,threads,"));
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

    [Test]
    public async Task Profile_has_every_layer_and_adds_up()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "native", "--batch", "4", "--runs", "3", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(Names(run.Json), Is.EquivalentTo(ProfileFields));
        JsonArray layers = run.Json["layers"]!.AsArray();
        Assert.That(
            layers.Select(layer => (string)layer!["name"]!),
            Is.EqualTo(new[] { "input", "conv1 pool1 conv2 pool2 conv3 fc1 fc2 prob", "output" }));
        Assert.That(layers.Select(Names), Is.All.EquivalentTo(LayerFields));
        Assert.That(layers.Sum(layer => (double)layer!["ms"]!), Is.EqualTo((double)run.Json["sum_ms"]!).Within(1e-9));
        Assert.That(layers.Sum(layer => (double)layer!["percent"]!), Is.EqualTo(100).Within(1e-6));
        Assert.That(layers.Sum(layer => (double)layer!["gflop"]!), Is.EqualTo(2e-9 * 4 * 416_520).Within(1e-12));
        Assert.That((double)run.Json["peaks"]!["gflops_per_second"]!, Is.GreaterThan(0));
        Assert.That((double)layers[1]!["percent_of_peak"]!, Is.GreaterThan(0));
    }

    [Test]
    public async Task Profile_says_which_layers_a_chain_stands_for_and_what_tells_them_apart()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "native", "--batch", "4", "--runs", "1");
        Assert.That(run.Out, Does.Match("\n conv1 pool1 conv2 pool2 conv3 fc1 fc2 prob +chain "));
        Assert.That(run.Out, Does.Match(@"8 layers computed as one, .* by arithmetic: conv1 28\.2 %, pool1 .* fc2 0\.2 %").And.Contains("With --no-chains"));
    }

    [Test]
    public async Task Profile_without_chains_has_a_row_for_each_layer_and_says_that_they_take_longer()
    {
        TestDevices.RequireNative();
        string[] command = ["profile", "lenet5", "--device", "native", "--batch", "4", "--runs", "1", "--no-chains"];
        CliRun json = await CliRun.ConvoyAsync([.. command, "--output", "json"]);
        JsonArray layers = json.Json["layers"]!.AsArray();
        Assert.That(
            layers.Select(layer => (string)layer!["name"]!),
            Is.EqualTo(new[] { "input", "conv1", "pool1", "conv2", "pool2", "conv3", "fc1", "fc2", "prob", "output" }));
        Assert.That(layers.Skip(1).SkipLast(1).Select(layer => (double)layer!["ms"]!), Is.All.Positive);
        CliRun table = await CliRun.ConvoyAsync(command);
        Assert.That(table.Out, Does.Match("--no-chains: .* one by one, and slower").And.Not.Contains("stands for"));
    }

    [Test]
    public async Task Profile_of_the_reference_device_has_no_peaks()
    {
        CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "reference", "--runs", "1", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json["peaks"], Is.Null);
        Assert.That((int)run.Json["batch"]!, Is.EqualTo(1));
    }

    [Test]
    public async Task Profile_tells_the_gap_to_the_wall_clock()
    {
        CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "reference", "--runs", "1");
        Assert.That(run.Out, Does.Match(@"Wall clock: [\d.,]+ ms for a batch of 1 on 1 thread, .* between the layers\."));
    }

    [Test]
    public async Task Devices_lists_every_device()
    {
        CliRun run = await CliRun.ConvoyAsync("devices", "--no-measure", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json.AsArray().Select(device => (string)device!["name"]!), Is.EqualTo(Device.All.Select(device => device.Name)));
        JsonNode reference = run.Json.AsArray().Single(device => (string)device!["name"]! == "reference")!;
        Assert.That(Names(reference), Is.EqualTo(new[]
        {
            "name", "description", "type", "threads", "usable", "reason", "vendor", "version", "units", "instruction_sets", "clock_mhz", "memory_bytes", "limits", "peaks", "peaks_problem",
        }));
        Assert.That((bool)reference["usable"]!, Is.True);
        Assert.That((int)reference["threads"]!, Is.EqualTo(1));
        Assert.That(reference["limits"], Is.Null);
    }

    [TestCase("table")]
    [TestCase("csv")]
    [TestCase("json")]
    [TestCase("md")]
    public void Devices_lists_OpenCL_with_the_reason_where_there_is_none(string form)
    {
        const string noLoader = "libNoSuchOpenCL.so.1";
        CliRun run = CommandProcess.Run(CommandProcess.Folder, [("CONVOY_OPENCL_LIBRARY", noLoader)], "devices", "--no-measure", "--output", form);
        Assert.That(run.ExitCode, Is.Zero);
        string line = form == "json"
            ? run.Json.AsArray().Single(device => (string)device!["name"]! == "opencl")!.ToJsonString()
            : run.Out.Split('\n').Single(each => each.StartsWith("opencl", StringComparison.Ordinal));
        Assert.That(line, Does.Contain("No OpenCL loader was found").And.Contains(noLoader).And.Contains("correct or unset"));
        if (form == "json")
        {
            Assert.That(line, Does.Contain("\"type\":\"other\",\"threads\":0,\"usable\":false,"));
        }
    }

    [Test]
    public async Task Devices_tells_the_type_and_the_limits_of_OpenCL_devices()
    {
        TestDevices.RequireOpenCl();
        CliRun run = await CliRun.ConvoyAsync("devices", "--no-measure", "--output", "json");
        foreach (JsonNode? device in run.Json.AsArray().Where(each => ((string)each!["name"]!).StartsWith("opencl:", StringComparison.Ordinal)))
        {
            Assert.That((string)device!["type"]!, Is.AnyOf("cpu", "gpu", "accelerator", "other"));
            JsonNode limits = device["limits"]!;
            Assert.That(Names(limits), Is.EqualTo(new[]
            {
                "type", "compute_units", "global_memory_bytes", "local_memory_bytes", "max_allocation_bytes", "max_work_group_size",
                "has_fp16", "has_unified_memory", "version", "driver_version", "vendor", "platform", "clock_megahertz", "extensions",
            }));
            Assert.That((int)limits["compute_units"]!, Is.EqualTo((int)device["threads"]!));
            Assert.That((long)limits["max_allocation_bytes"]!, Is.Positive.And.LessThanOrEqualTo((long)limits["global_memory_bytes"]!));
            Assert.That((string)limits["version"]!, Does.StartWith("OpenCL "));
            Assert.That((string)limits["vendor"]!, Is.EqualTo((string)device["vendor"]!).And.Not.Empty);
            Assert.That((long)limits["global_memory_bytes"]!, Is.EqualTo((long)device["memory_bytes"]!));
            Assert.That(limits["extensions"]!.AsArray().Select(each => (string)each!), Is.Not.Empty.And.Ordered.Using((System.Collections.IComparer)StringComparer.Ordinal));
        }
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
        CliRun profile = await CliRun.ConvoyAsync("profile", "lenet5", "--device", device, "--batch", "4", "--runs", "1", "--output", "json");
        foreach (JsonNode document in new[] { bench.Json[0]!, profile.Json })
        {
            // The native device reads LeNet-5's images where they are.
            Assert.That((double)document["upload_ms"]!, device == "native" ? Is.Zero : Is.Positive);
            Assert.That((double)document["compute_ms"]!, Is.Positive.And.GreaterThan((double)document["download_ms"]!));
            Assert.That((double)document["download_ms"]!, Is.Positive);
        }

        Assert.That((string)bench.Json[0]!["backend"]!, Is.EqualTo(device));
        Assert.That((string)bench.Json[0]!["device"]!, Does.StartWith(device));
        AssertOverlap(bench.Json[0]!);
        Assert.That(profile.Json["stream"] is not null, Is.EqualTo(device == "opencl"), "elsewhere nothing overlaps");
        if (profile.Json["stream"] is { } stream)
        {
            Assert.That(Names(stream), Is.EquivalentTo(new[] { "transfer_ms", "batches_in_flight", "transfers_batches", "upload_ms", "compute_ms", "download_ms", "overlapped_ms", "wall_ms", "timeline" }));
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
    public async Task Profile_says_in_a_sentence_how_batches_overlap()
    {
        TestDevices.RequireOpenCl();
        CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "opencl", "--batch", "4", "--runs", "1");
        string overlap = Device.Find("opencl").HasOwnMemory ? "ran while another batch computed" : "no transfers to run while another batch computes";
        Assert.That(run.Out, Does.Match($@"With 2 batches in flight: [\d.,]+ ms from one batch to the next; .* {overlap}\."));
    }

    [TestCase(true, "download 3.000 ms; 2.500 of 4.000 ms of transfers ran while another batch computed.")]
    [TestCase(false, "download 3.000 ms; the device works in the host's memory, so that there are no transfers to run while another batch computes.")]
    public void A_profile_counts_transfers_only_where_batches_are_transferred(bool transfers, string end)
    {
        NetworkProfile profile = MadeUpProfile.Of(MadeUpProfile.Layer("input", 1), MadeUpProfile.Layer("output", 3)) with
        {
            Stream = new StreamProfile(2, transfers, 1, 10, 3, 2.5, 11),
        };
        Assert.That(ProfileReport.CreateReport(profile).Notes, Has.One.EndsWith(end));
    }

    [Test]
    public void In_CSV_each_row_says_what_was_measured_on_what_and_what_all_threads_did()
    {
        NetworkProfile profile = MadeUpProfile.Of(
            MadeUpProfile.Layer("told", 3) with { Threads = [new ThreadTimes(0, 1, 0.5, 1.5), new ThreadTimes(1, 2, 0.25, 0.75)] },
            MadeUpProfile.Layer("untold", 5)) with
        {
            OtherProcessesPercent = 12.5,
        };
        using var csv = new StringWriter();
        CsvWriter.Write(csv, ProfileReport.CreateReport(profile));
        string[][] rows = [.. csv.ToString().TrimEnd().Split('\n').Select(line => line.Split(','))];
        string[] wanted = ["threads_busy_ms", "threads_stolen_ms", "threads_waiting_ms", "model", "device", "precision", "batch", "threads", "runs", "other_processes_percent"];
        int[] columns = [.. wanted.Select(name => Array.IndexOf(rows[0], name))];
        Assert.That(columns, Is.All.Not.Negative);
        Assert.That(columns.Select(column => rows[1][column]), Is.EqualTo(new[] { "3", "0.75", "2.25", "model", "device", "fp32", "4", "1", "3", "12.5" }));
        Assert.That(columns[..3].Select(column => rows[2][column]), Is.All.Empty, "its backend does not tell");
    }

    [Test]
    public void A_profile_that_others_disturbed_says_who_that_may_be()
    {
        NetworkProfile profile = MadeUpProfile.Of(MadeUpProfile.Layer("only", 3));
        Assert.That(
            ProfileReport.CreateReport(profile with { OtherProcessesPercent = 10 }).Notes,
            Has.One.StartsWith("Other processes, or a virtual machine's hypervisor, took 10 % of the cores meanwhile"));
        Assert.That(ProfileReport.CreateReport(profile with { OtherProcessesPercent = 9.9 }).Notes, Has.None.Contains("hypervisor"));
    }

    [Test]
    public void A_layer_of_one_phase_has_one_row_for_people_and_both_for_programs()
    {
        PhaseProfile Phase(string name, double milliseconds) => new() { Name = name, Launches = 1, Milliseconds = milliseconds };
        NetworkProfile profile = MadeUpProfile.Of(
            MadeUpProfile.Layer("alone", 3) with { Phases = [Phase("kernel", 3)] },
            MadeUpProfile.Layer("several", 5) with { Phases = [Phase("transform", 2), Phase("gemm", 3)] });
        Report report = ProfileReport.CreateReport(profile);
        using var table = new StringWriter();
        TableWriter.Write(new Terminal(table, TextWriter.Null, outputIsTerminal: false, errorIsTerminal: false), [report]);
        using var markdown = new StringWriter();
        MarkdownWriter.Write(markdown, [report]);
        foreach (string text in new[] { table.ToString(), markdown.ToString() })
        {
            Assert.That(text, Does.Contain("alone").And.Contain("several").And.Contain("transform").And.Contain("gemm").And.Not.Contain("kernel"));
        }

        using var csv = new StringWriter();
        CsvWriter.Write(csv, report);
        Assert.That(csv.ToString().Split('\n').Count(line => line.StartsWith("alone,", StringComparison.Ordinal)), Is.EqualTo(2));
        Assert.That(csv.ToString(), Does.Contain("\nalone,kernel,"));
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

    private static string[] Names(JsonNode? document) => [.. document!.AsObject().Select(property => property.Key)];

    /// <summary>A device of a billion operations a second, and a memory as given.</summary>
    private sealed class SetPeaks(double gigaFlops, double gigaBytes) : IPeakSource
    {
        public bool IsRisky => false;

        public string? Describe(int threads) => null;

        public MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress) => new(threads) { Flops = gigaFlops * 1e9, MemoryBytes = gigaBytes * 1e9 };
    }
}
