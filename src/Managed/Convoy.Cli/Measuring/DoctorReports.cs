using Convoy.Cli.Output;
using Convoy.Diagnostics;
using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>A diagnosis as tables: what was looked at, the devices' limits, and what would mend the rest.</summary>
internal static class DoctorReports
{
    private const double Megabyte = 1e6;
    private const string Native = "native";
    private const string OpenCl = "opencl";

    /// <summary>The tables; the first has everything that was looked at, and is the only one in CSV.</summary>
    public static IEnumerable<Report> Create(MachineDiagnosis diagnosis)
    {
        yield return CreateFindings(diagnosis);
        OpenClDeviceDiagnosis[] devices = [.. diagnosis.OpenCl.Platforms.SelectMany(platform => platform.Devices)];
        if (devices.Length > 0)
        {
            yield return CreateLimits(devices);
        }

        if (!diagnosis.Native.Works)
        {
            yield return CreateRemedies("native", diagnosis.Native.Remedies);
        }

        if (!diagnosis.OpenCl.Works)
        {
            yield return CreateRemedies("OpenCL", diagnosis.OpenCl.Remedies);
        }
    }

    private static Report CreateFindings(MachineDiagnosis diagnosis)
    {
        var report = new Report(
            Column.Words("backend", "backend"),
            Column.Words("kind", "looked for"),
            Column.Words("item", "at"),
            Column.Words("ok", "ok"),
            Column.Words("finding", "finding"));
        report.Rows.AddRange(OfNative(diagnosis.Native, diagnosis.Peaks).Concat(OfOpenCl(diagnosis.OpenCl)).Concat(OfCache(diagnosis.Cache)));
        report.Notes.Add(diagnosis.Native.Sentence);
        report.Notes.Add(diagnosis.OpenCl.Sentence);
        report.Notes.Add(diagnosis.Cache.Sentence);
        if (!diagnosis.HasFastDevice)
        {
            report.Notes.Add("Only the device 'reference' can be used, which is slow.");
        }

        return report;
    }

    private static IEnumerable<Cell[]> OfNative(NativeDiagnosis native, MachinePeaks? peaks)
    {
        foreach (LibraryAttempt attempt in native.LookedAt)
        {
            yield return Row(Native, "library", attempt.Name, attempt.Loads, attempt.Problem ?? "loads");
        }

        yield return Row(
            Native,
            "device",
            Native,
            native.Works,
            native.Works
                ? $"ABI version {native.AbiVersion}; {string.Join(", ", native.InstructionSets.Select(SnakeCase.NameOf))}: a convolution computes right"
                : native.Sentence);
        if (peaks is not null)
        {
            string threads = peaks.Threads == 1 ? "1 thread" : FormattableString.Invariant($"{peaks.Threads} threads");
            string measured = FormattableString.Invariant($"{peaks.GigaFlopsPerSecond:N1} GFLOP/s, {peaks.GigaBytesPerSecond:N1} GB/s");
            yield return Row(Native, "peaks", threads, true, $"{measured} measured");
        }
    }

    private static IEnumerable<Cell[]> OfOpenCl(OpenClDiagnosis openCl) =>
    [
        .. openCl.Loaders.Select(each => Row(OpenCl, "loader", each.Name, each.Loads, each.Problem ?? each.File ?? "loads")),
        .. openCl.DriverPlaces.Select(each => Row(
            OpenCl, "driver place", each.Path, each.Exists, (each.Exists ? "exists" : "there is no such place") + (each.Variable is { } name ? $" (from {name})" : ""))),
        .. openCl.Drivers.Select(each => Row(
            OpenCl, "driver", each.File, each.Loads, each.Problem is { } problem ? $"{each.Library}: {problem}" : $"{each.Library} loads")),
        .. openCl.Platforms.Select(each => Row(
            OpenCl, "platform", each.Name, each.Devices.Length > 0, $"{each.Version}, {(each.Devices.Length == 1 ? "1 device" : $"{each.Devices.Length} devices")}")),
        .. openCl.Problems.Select(each => Row(OpenCl, "problem", "", false, each)),
        .. openCl.Platforms.SelectMany(each => each.Devices).Select(each => Row(
            OpenCl, "device", each.Device, each.Works, each.Problem ?? $"{each.Name}: a kernel builds, runs and computes right")),
    ];

    private static IEnumerable<Cell[]> OfCache(CacheDiagnosis cache) => cache.Folders.Select(each => Row(
        "cache", each.Keeps, each.Path ?? "", each.IsWritable, each.Problem ?? (each.IsWritable ? "can be written" : "there is no folder")));

    private static Report CreateLimits(IEnumerable<OpenClDeviceDiagnosis> devices)
    {
        var report = new Report(
            Column.Words("device", "device"),
            Column.Words("name", "name"),
            Column.Words("type", "type"),
            new Column("compute_units", "units"),
            new Column("global_memory_bytes", "memory", "MB"),
            new Column("max_allocation_bytes", "largest buffer", "MB"),
            new Column("local_memory_bytes", "local", "KB"),
            new Column("max_work_group_size", "work-group"),
            Column.Words("has_fp16", "fp16"),
            Column.Words("has_unified_memory", "unified memory"),
            Column.Words("driver_version", "driver"));
        report.Rows.AddRange(devices.Select(device => (Cell[])
        [
            Cell.Of(device.Device),
            Cell.Of(device.Name),
            Cell.Of(SnakeCase.NameOf(device.Limits.Type)),
            Cell.Of(device.Limits.ComputeUnits),
            Cell.Scaled(device.Limits.GlobalMemoryBytes, Megabyte, 0),
            Cell.Scaled(device.Limits.MaxAllocationBytes, Megabyte, 0),
            Cell.Scaled(device.Limits.LocalMemoryBytes, 1e3, 0),
            Cell.Of(device.Limits.MaxWorkGroupSize),
            YesOrNo(device.Limits.HasFp16),
            YesOrNo(device.Limits.HasUnifiedMemory),
            Cell.Of(device.Limits.DriverVersion),
        ]));
        return report;
    }

    private static Report CreateRemedies(string what, IEnumerable<Remedy> remedies)
    {
        var report = new Report(Column.Words("system", "system"), Column.Words("action", $"what would mend {what} there"));
        report.Rows.AddRange(remedies.Select(remedy => (Cell[])
        [
            Cell.Of(remedy.IsForThisSystem ? $"{remedy.System} (this one)" : remedy.System),
            Cell.Of(remedy.Action),
        ]));
        return report;
    }

    private static Cell[] Row(string backend, string kind, string item, bool isOk, string finding) =>
        [Cell.Of(backend), Cell.Of(kind), Cell.Of(item), YesOrNo(isOk), Cell.Of(finding)];

    private static Cell YesOrNo(bool value) => Cell.Of(value ? "yes" : "no");
}
