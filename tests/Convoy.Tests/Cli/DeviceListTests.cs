using System.Text.Json.Nodes;
using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>Which devices <c>devices</c> lists, and with what; nothing is measured.</summary>
public sealed class DeviceListTests
{
    [Test]
    public async Task Devices_tell_of_the_cores_what_computes_on_them_and_no_clock_that_is_not_known()
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
    public async Task Devices_lists_every_device()
    {
        CliRun run = await CliRun.ConvoyAsync("devices", "--no-measure", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Json.AsArray().Select(device => (string)device!["name"]!), Is.EqualTo(Device.All.Select(device => device.Name)));
        JsonNode reference = run.Json.AsArray().Single(device => (string)device!["name"]! == "reference")!;
        Assert.That(CliRun.NamesOf(reference), Is.EqualTo(new[]
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
            Assert.That(CliRun.NamesOf(limits), Is.EqualTo(new[]
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
}
