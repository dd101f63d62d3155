using System.Text.Json.Nodes;
using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>What <c>profile</c> prints; never how fast.</summary>
public sealed class ProfileCommandTests
{
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
    public async Task Profile_tells_the_kernels_and_transfers_of_a_layer_apart()
    {
        TestDevices.RequireOpenCl();
        string[] command = ["profile", "lenet5", "--device", "opencl", "--batch", "1", "--runs", "1", "--convolution", "winograd6"];
        CliRun json = await CliRun.ConvoyAsync([.. command, "--output", "json"]);
        JsonArray layers = json.Json["layers"]!.AsArray();
        Assert.That(layers.Single(layer => (string)layer!["name"]! == "fc1")!["phases"]!.AsArray().Single()!["name"]!.ToString(), Is.EqualTo("convolution"));
        JsonNode several = layers.Single(layer => (string)layer!["name"]! == "conv2")!;
        JsonArray kernels = several["phases"]!.AsArray();
        Assert.That(kernels.Select(CliRun.NamesOf), Is.All.EquivalentTo((string[])["launches", .. WorkFields]));
        Assert.That(kernels.Select(kernel => (string)kernel!["name"]!).ToArray(), Has.Length.GreaterThan(1).And.ItemAt(0).EqualTo("winograd_input"));
        Assert.That(kernels.Sum(kernel => (double)kernel!["ms"]!), Is.EqualTo((double)several["ms"]!).Within(1e-9));
        Assert.That((double)json.Json["busy_ms"]!, Is.Positive.And.LessThanOrEqualTo((double)json.Json["sum_ms"]! + 1e-9));

        // Rows of their own stand below those of layers; people see them where there are several.
        CliRun table = await CliRun.ConvoyAsync(command);
        CliRun csv = await CliRun.ConvoyAsync([.. command, "--output", "csv"]);
        Assert.That(table.Out, Does.Match(@"fc1 .*\n +fc2 "));
        Assert.That(table.Out, Does.Match(@"conv2 .*\n +winograd_input .*\n +winograd_"));
        Assert.That(csv.Out, Does.Match(@"\nfc1,,fc.*\nfc1,convolution,"));
        Assert.That(csv.Out, Does.Match(@"\nconv2,,conv.*\nconv2,winograd_input,").And.Match("^.*,model,device,precision,batch,threads,"));
    }

    [Test]
    public async Task Profile_has_every_layer_and_adds_up()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync("profile", "lenet5", "--device", "native", "--batch", "4", "--runs", "3", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(CliRun.NamesOf(run.Json), Is.EquivalentTo(ProfileFields));
        JsonArray layers = run.Json["layers"]!.AsArray();
        Assert.That(
            layers.Select(layer => (string)layer!["name"]!),
            Is.EqualTo(new[] { "input", "conv1 pool1 conv2 pool2 conv3 fc1 fc2 prob", "output" }));
        Assert.That(layers.Select(CliRun.NamesOf), Is.All.EquivalentTo(LayerFields));
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
}
