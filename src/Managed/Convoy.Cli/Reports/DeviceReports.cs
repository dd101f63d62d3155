using System.Collections.Immutable;

namespace Convoy.Cli.Reports;

/// <summary>Devices as a table of what they can do, and a block for each of what it is.</summary>
internal static class DeviceReports
{
    private const double Mebibyte = 1 << 20;
    private const double Kibibyte = 1 << 10;

    private static readonly ReportColumns<DeviceDocument> Columns = new ReportColumns<DeviceDocument>()
        .Words("name", "name", each => each.Name)
        .Words("description", "description", each => each.Description, Priority.None)
        .Words("type", "type", each => SnakeCase.NameOf(each.Type), Priority.Low)
        .Count("threads", "threads", each => each.Threads, Priority.Low)
        .Words("usable", "usable", each => each.Usable ? Cell.Of("yes") : new Cell("no", $"no: {each.Reason}"), Priority.High)
        .Number("gflops_per_second", "GFLOP/s", "", each => Rate(each.Peaks?.GigaFlopsPerSecond), Priority.High)
        .Number("half_gflops_per_second", "fp16 GFLOP/s", "", each => each.Peaks?.HalfReason is null ? Rate(each.Peaks?.HalfGigaFlopsPerSecond) : new Cell("none", ""), Priority.Low)
        .Number("gbytes_per_second", "memory", "GB/s", each => Rate(each.Peaks?.GigaBytesPerSecond), Priority.High)
        .Number("cache_gbytes_per_second", "cache", "GB/s", each => Rate(each.Peaks?.CacheGigaBytesPerSecond))
        .Number("upload_gbytes_per_second", "to device", "GB/s", each => Rate(each.Peaks?.UploadGigaBytesPerSecond), Priority.Low)
        .Number("download_gbytes_per_second", "from device", "GB/s", each => Rate(each.Peaks?.DownloadGigaBytesPerSecond), Priority.Low)
        .Number("launch_us", "launch", "us", each => Time(each.Peaks?.LaunchMicroseconds))
        .Number("shortest_us", "shortest", "us", each => Time(each.Peaks?.ShortestMicroseconds), Priority.None)
        .Count("cache_bytes", "cache", each => each.Peaks?.CacheBytes, Priority.None)
        .Words("vendor", "vendor", each => each.Vendor, Priority.None)
        .Words("platform", "platform", each => each.Limits?.Platform, Priority.None)
        .Words("driver_version", "driver", each => each.Limits?.DriverVersion, Priority.None)
        .Words("version", "version", each => each.Version, Priority.None)
        .Count("units", "units", each => each.Units, Priority.None)
        .Words("instruction_sets", "instruction sets", each => string.Join(' ', each.InstructionSets), Priority.None)
        .Count("clock_mhz", "clock", each => each.ClockMhz, Priority.None)
        .Count("memory_bytes", "memory", each => each.MemoryBytes, Priority.None)
        .Count("max_allocation_bytes", "largest buffer", each => each.Limits?.MaxAllocationBytes, Priority.None)
        .Count("local_memory_bytes", "local memory", each => each.Limits?.LocalMemoryBytes, Priority.None)
        .Count("max_work_group_size", "work-group", each => each.Limits?.MaxWorkGroupSize, Priority.None)
        .Words("extensions", "extensions", each => string.Join(' ', ExtensionsOf(each)), Priority.None)
        .Number("other_processes_percent", "others", "%", each => each.Peaks?.OtherProcessesPercent is { } others ? Cell.Of(others, 1) : Cell.Empty, Priority.None)
        .Words("half_reason", "no fp16", each => each.Peaks?.HalfReason, Priority.None)
        .Words("peaks_problem", "not measured", each => string.Join(' ', ProblemsOf(each)), Priority.None);

    // What kernels could be faster with, or networks smaller; what else drivers list is in JSON.
    private static readonly (string Extension, string Name)[] Matter =
    [
        ("cl_khr_fp16", "fp16"),
        ("cl_khr_fp64", "fp64"),
        ("cl_khr_subgroups", "sub-groups"),
        ("cl_intel_subgroups", "sub-groups (Intel)"),
        ("cl_khr_integer_dot_product", "integer dot product"),
        ("cl_arm_integer_dot_product_int8", "integer dot product (Arm)"),
        ("cl_intel_subgroup_matrix_multiply_accumulate", "matrix multiply (Intel)"),
        ("cl_khr_command_buffer", "command buffers"),
        ("cl_khr_il_program", "SPIR-V"),
    ];

    /// <summary>The tables; the first has every device, and is the only one in CSV.</summary>
    public static IEnumerable<Report> Create(IReadOnlyList<DeviceDocument> devices)
    {
        Report all = Columns.CreateReport(devices);
        all.Notes.AddRange(devices.Where(each => !each.Usable).Select(each => $"{each.Name} cannot be used: {each.Reason}"));
        all.Notes.AddRange(devices.SelectMany(each => ProblemsOf(each).Select(problem => each.Peaks is null ? problem : $"{each.Name}: {problem}")));
        all.Notes.AddRange(devices.Where(each => each.Peaks is { IsDisturbed: true }).Select(each => FormattableString.Invariant(
            $"{each.Name}: other processes took {each.Peaks!.OtherProcessesPercent:N0} % of the cores while it was measured, so that figures may be too low, and are not kept; measure again when the machine has less to do.")));
        return [all, .. devices.Where(each => each.Usable).Select(CreateBlock)];
    }

    private static Report CreateBlock(DeviceDocument device)
    {
        var block = new Report(Column.Words("fact", "fact"), Column.Words("value", "value")) { Title = $"{device.Name}: {device.Description}" };
        foreach ((string fact, string? value) in FactsOf(device).Where(each => each.Value is { Length: > 0 }))
        {
            block.Rows.Add([Cell.Of(fact), Cell.Of(value)]);
            block.Entries.Add(new Entry($" {fact}", value!));
        }

        return block;
    }

    private static IEnumerable<(string Fact, string? Value)> FactsOf(DeviceDocument device)
    {
        DeviceLimits? limits = device.Limits;
        yield return ("vendor", device.Vendor);
        yield return ("driver", limits is null ? null : $"{limits.Platform}, {limits.DriverVersion}");
        yield return ("version", device.Version);
        yield return ("units", Cell.Of(device.Units).Text);
        yield return ("instruction sets", string.Join(", ", device.InstructionSets));
        yield return ("clock", device.ClockMhz is { } clock ? $"{Cell.Of(clock).Text} MHz" : "unknown");
        yield return ("memory", $"{Amount(device.MemoryBytes, Mebibyte)} MiB{(limits is { HasUnifiedMemory: true } ? ", shared with the host" : "")}");
        yield return ("largest buffer", limits is null ? null : $"{Amount(limits.MaxAllocationBytes, Mebibyte)} MiB");
        yield return ("local memory", limits is null ? null : $"{Amount(limits.LocalMemoryBytes, Kibibyte)} KiB");
        yield return ("work-group", limits is null ? null : $"{Cell.Of(limits.MaxWorkGroupSize).Text} work-items at most");
        yield return ("peaks", device.Name == Device.Reference.Name ? "not measured: it is there to be right, not to be fast" : null);
        yield return ("fp16 arithmetic", device.Peaks?.HalfReason is { } reason ? $"none: {reason}" : null);
        yield return ("last-level cache", device.Peaks is { CacheBytes: > 0 and var bytes } ? $"{Amount(bytes, Mebibyte)} MiB" : null);
        yield return ("shortest work", device.Peaks?.ShortestMicroseconds is { } shortest ? $"{Cell.Significant(shortest).Text} us" : null);
        yield return ("extensions", limits is null ? null : string.Join(", ", ExtensionsOf(device).DefaultIfEmpty("none that matter")));
    }

    private static IEnumerable<string> ExtensionsOf(DeviceDocument device) =>
        Matter.Where(each => device.Limits is { } limits && limits.Extensions.Contains(each.Extension)).Select(each => each.Name);

    private static ImmutableArray<string> ProblemsOf(DeviceDocument device) => device.PeaksProblem is { } problem ? [problem] : device.Peaks?.Problems ?? [];

    private static Cell Rate(double? rate) => rate is { } value ? Cell.Of(value, 1) : Cell.Empty;

    private static Cell Time(double? microseconds) => microseconds is { } value ? Cell.Significant(value) : Cell.Empty;

    private static string Amount(long bytes, double unit) => Cell.Scaled(bytes, unit, 0).Text;
}
