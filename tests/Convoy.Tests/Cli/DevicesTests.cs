using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Convoy.Tests.Cli;

/// <summary>What <c>devices</c> measures and shows, each in a process of its own: a device that fails takes no other along.</summary>
public sealed class DevicesTests : FolderFixture
{
    private const string Patience = "CONVOY_OPENCL_TIMEOUT";
    private const string Body = "float sum = 0.0f;";

    [SetUp]
    public void Begin()
    {
        TestDevices.RequireOpenCl();
        Folder.Write("peaks.cl", File.ReadAllText(Path.Combine(Repository.Root, "kernels", "peaks.cl")));
    }

    [Test]
    public void Every_device_has_its_peaks_and_the_next_run_measures_nothing()
    {
        (string, string)[] variables = [("CONVOY_CACHE", Folder["cache"])];
        JsonNode[] first = Run(variables, "--output", "json");
        foreach (JsonNode device in first.Where(each => (bool)each["usable"]! && (string)each["name"]! != "reference"))
        {
            Assert.That(device["peaks"]?["gflops_per_second"]?.GetValue<double>(), Is.Positive, (string)device["peaks_problem"]!);
        }

        // Nothing that was kept is measured again, and a busy machine keeps less.
        JsonNode kept = JsonNode.Parse(File.Exists(Folder["cache/peaks.json"]) ? File.ReadAllText(Folder["cache/peaks.json"]) : "{}")!;
        JsonNode[] second = Run(variables, "--no-measure", "--output", "json");
        Assert.That(second.Count(each => each["peaks"] is not null), Is.EqualTo(kept.AsObject().Count));
        CliRun table = CommandProcess.Run(CommandProcess.Folder, [.. variables, ("COLUMNS", "80")], "devices", "--no-measure");
        Assert.That(table.Out, Does.Match(@"(?m)^opencl:0: ").And.Match(@"(?m)^ extensions  ").And.Match(@"(?m)^ largest buffer  +[\d,]+ MiB"));
    }

    [Test]
    public void A_kernel_that_crashes_takes_no_other_device_along()
    {
        Spoil("*(volatile __global int *)0 = 1;");
        JsonNode device = FailedDevice(Run([("CONVOY_CACHE", "off"), ("CONVOY_KERNELS", Folder.Root)], "--output", "json"));
        Assert.That((string)device["peaks_problem"]!, Does.Contain($"'{device["name"]}' could not be measured: it ended the process that did (SIG"));
    }

    [Test]
    public void A_kernel_that_never_ends_is_given_up()
    {
        Spoil("while (*(volatile __global float *)y != 12345.0f) { }");
        JsonNode device = FailedDevice(Run([("CONVOY_CACHE", "off"), ("CONVOY_KERNELS", Folder.Root), (Patience, "4")], "--output", "json"));
        Assert.That((string)device["peaks_problem"]!, Does.Contain($"it did not do so within 4 seconds ({Patience} would give it more)"));
    }

    [Test]
    public async Task Refresh_and_no_measure_contradict_each_other()
    {
        CliRun run = await CliRun.ConvoyAsync("devices", "--refresh", "--no-measure");
        Assert.That(run.ExitCode, Is.EqualTo(2));
        Assert.That(run.ErrorLines.Single(), Does.Contain("--refresh and --no-measure contradict each other"));
    }

    private static JsonNode[] Run((string, string)[] variables, params string[] arguments)
    {
        CliRun run = CommandProcess.Run(CommandProcess.Folder, variables, ["devices", .. arguments]);
        Assert.That(run.ExitCode, Is.Zero, run.Error);
        return [.. run.Json.AsArray().Select(each => each!)];
    }

    /// <summary>The OpenCL device, which has no peaks, where the cores have theirs.</summary>
    private static JsonNode FailedDevice(JsonNode[] devices)
    {
        JsonNode native = devices.Single(each => (string)each["name"]! == "native");
        Assert.That(native["peaks"] is not null, Is.EqualTo((bool)native["usable"]!));
        JsonNode device = devices.First(each => ((string)each["name"]!).StartsWith("opencl:", StringComparison.Ordinal) && (bool)each["usable"]!);
        Assert.That(device["peaks"], Is.Null);
        return device;
    }

    /// <summary>Puts a statement into the kernel of multiply-adds.</summary>
    private void Spoil(string statement)
    {
        string text = File.ReadAllText(Folder["peaks.cl"]);
        Assert.That(Regex.Count(text, Regex.Escape(Body)), Is.EqualTo(1));
        Folder.Write("peaks.cl", text.Replace(Body, $"{Body} {statement}", StringComparison.Ordinal));
    }
}
