using Convoy.Profiling;
using Convoy.Diagnostics;

namespace Convoy.Cli.Reports;

/// <summary>
/// A diagnosis as reports: what was looked at, the devices' limits, and what would mend the rest. Programs get rows; people get
/// entries, since paths and sentences make a table wider than most terminals.
/// </summary>
internal static class DoctorReports
{
    private const double Megabyte = 1e6;
    private const string Native = "native";
    private const string OpenCl = "opencl";
    private const string Library = "library";
    private const string Loader = "loader";
    private const string DriverPlace = "driver place";

    private static readonly ReportColumns<Finding> Findings = new ReportColumns<Finding>()
        .Words("backend", "backend", each => each.Backend)
        .Words("kind", "looked for", each => each.Kind)
        .Words("item", "at", each => each.Item)
        .Words("ok", "ok", each => YesOrNo(each.IsOk))
        .Words("finding", "finding", each => each.Sentence);

    private static readonly ReportColumns<OpenClDeviceDiagnosis> Limits = new ReportColumns<OpenClDeviceDiagnosis>()
        .Words("device", "device", each => each.Device)
        .Words("name", "name", each => each.Name)
        .Words("type", "type", each => SnakeCase.NameOf(each.Limits.Type))
        .Count("compute_units", "units", each => each.Limits.ComputeUnits)
        .Number("global_memory_bytes", "memory", "MB", each => Cell.Scaled(each.Limits.GlobalMemoryBytes, Megabyte, 0))
        .Number("max_allocation_bytes", "largest buffer", "MB", each => Cell.Scaled(each.Limits.MaxAllocationBytes, Megabyte, 0))
        .Number("local_memory_bytes", "local", "KB", each => Cell.Scaled(each.Limits.LocalMemoryBytes, 1e3, 0))
        .Count("max_work_group_size", "work-group", each => each.Limits.MaxWorkGroupSize)
        .Words("has_fp16", "fp16", each => YesOrNo(each.Limits.HasFp16))
        .Words("has_unified_memory", "unified memory", each => YesOrNo(each.Limits.HasUnifiedMemory))
        .Words("driver_version", "driver", each => each.Limits.DriverVersion);

    /// <summary>The reports; the first has what was looked at, and is the only one in CSV.</summary>
    /// <param name="diagnosis">The diagnosis.</param>
    /// <param name="listsAll">Whether to list places too that were looked at in vain, though nothing is missing because of it.</param>
    public static IEnumerable<Report> Create(MachineDiagnosis diagnosis, bool listsAll)
    {
        yield return CreateFindings(diagnosis, listsAll);
        OpenClDeviceDiagnosis[] devices = [.. diagnosis.OpenCl.Platforms.SelectMany(platform => platform.Devices)];
        if (devices.Length > 0)
        {
            Report limits = Limits.CreateReport(devices);
            limits.Entries.AddRange(devices.Select(Describe));
            yield return limits;
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

    private static Report CreateFindings(MachineDiagnosis diagnosis, bool listsAll)
    {
        Finding[] findings =
        [
            .. OfNative(diagnosis.Native, diagnosis.Peaks).Where(each => listsAll || !diagnosis.Native.Works || !each.IsInVain),
            .. OfOpenCl(diagnosis.OpenCl).Where(each => listsAll || !diagnosis.OpenCl.Works || !each.IsInVain),
            .. OfCache(diagnosis.Cache),
        ];
        Report report = Findings.CreateReport(findings);
        report.Entries.AddRange(findings.GroupBy(each => each.Backend).SelectMany(group => group.Select(Describe).Prepend(new Entry(group.Key))));
        report.Notes.Add(diagnosis.Native.Sentence);
        report.Notes.Add(diagnosis.OpenCl.Sentence);
        report.Notes.Add(diagnosis.Cache.Sentence);
        if (!diagnosis.HasFastDevice)
        {
            report.Notes.Add("Only the device 'reference' can be used, which is slow.");
        }

        return report;
    }

    private static IEnumerable<Finding> OfNative(NativeDiagnosis native, DevicePeaks? peaks)
    {
        foreach (LibraryAttempt attempt in native.LookedAt)
        {
            yield return new Finding(Native, Library, attempt.Name, attempt.Loads, attempt.Problem ?? "loads");
        }

        yield return new Finding(
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
            yield return new Finding(Native, "peaks", threads, true, $"{measured} measured");
        }
    }

    private static IEnumerable<Finding> OfOpenCl(OpenClDiagnosis openCl) =>
    [
        .. openCl.Loaders.Select(each => new Finding(OpenCl, Loader, each.Name, each.Loads, each.Problem ?? each.File ?? "loads")),
        .. openCl.DriverPlaces.Select(each => new Finding(
            OpenCl, DriverPlace, each.Path, each.Exists, (each.Exists ? "exists" : "there is no such place") + (each.Variable is { } name ? $" (from {name})" : ""))),
        .. openCl.Drivers.Select(each => new Finding(
            OpenCl, "driver", each.File, each.Loads, Describe(each))),
        .. openCl.Platforms.Select(each => new Finding(
            OpenCl, "platform", each.Name, each.Devices.Length > 0, $"{each.Version}, {(each.Devices.Length == 1 ? "1 device" : $"{each.Devices.Length} devices")}")),
        .. openCl.Problems.Select(each => new Finding(OpenCl, "problem", "", false, each)),
        .. openCl.Platforms.SelectMany(each => each.Devices).Select(each => new Finding(
            OpenCl, "device", each.Device, each.Works, each.Problem ?? $"{each.Name}: a kernel builds, runs and computes right")),
        .. openCl.Platforms.SelectMany(each => each.Devices).SelectMany(each => each.Kernels.Select(kernel => new Finding(
            OpenCl, "kernel", each.Device, kernel.IsRight, Describe(kernel)))),
    ];

    private static string Describe(KernelDiagnosis kernel)
    {
        string what = kernel.Kernels.Length > 0 ? $"{kernel.Kernels} ({kernel.Form})" : kernel.Form;
        return kernel.Problem is { } problem ? $"{what} {problem}, and is not used"
            : FormattableString.Invariant($"{what} is right, to {kernel.Error:P1} of what it may err");
    }

    private static Entry Describe(Finding finding) => new(
        $"  {(finding.IsOk ? "ok" : "no")}  {finding.Kind}", finding.Item.Length > 0 ? $"{finding.Item}: {finding.Sentence}" : finding.Sentence);

    private static Entry Describe(OpenClDeviceDiagnosis device)
    {
        DeviceLimits limits = device.Limits;
        return new Entry(device.Device, FormattableString.Invariant(
            $"{device.Name}, {SnakeCase.NameOf(limits.Type)}, {Counted.Of(limits.ComputeUnits, "unit")}, {limits.GlobalMemoryBytes / Megabyte:N0} MB in buffers of up to {limits.MaxAllocationBytes / Megabyte:N0} MB, {limits.LocalMemoryBytes / 1e3:N0} KB local, work-groups of up to {limits.MaxWorkGroupSize:N0}, fp16: {YesOrNo(limits.HasFp16)}, unified memory: {YesOrNo(limits.HasUnifiedMemory)}, driver {limits.DriverVersion}"));
    }

    private static string Describe(DriverRegistration driver) =>
        driver.Problem is not { } problem ? $"{driver.Library} loads"
        : driver.Library.Length > 0 ? $"{driver.Library}: {problem}"
        : problem;

    private static IEnumerable<Finding> OfCache(CacheDiagnosis cache) => cache.Folders.Select(each => new Finding(
        "cache", each.Keeps, each.Path ?? "", each.IsUsable, each.Problem ?? (each.IsUsable ? "can be written" : "there is no folder")));

    private static Report CreateRemedies(string what, IReadOnlyCollection<Remedy> remedies)
    {
        Report report = new ReportColumns<Remedy>()
            .Words("system", "system", NameOf)
            .Words("action", "action", remedy => remedy.Action)
            .CreateReport(remedies) with
        { Title = $"What would mend {what}, by system:" };
        report.Entries.AddRange(remedies.Select(remedy => new Entry($"  {NameOf(remedy)}", remedy.Action)));
        return report;

        static string NameOf(Remedy remedy) => remedy.IsForThisSystem ? $"{remedy.System} (this one)" : remedy.System;
    }

    private static string YesOrNo(bool value) => value ? "yes" : "no";

    /// <summary>Something that was looked at.</summary>
    private sealed record Finding(string Backend, string Kind, string Item, bool IsOk, string Sentence)
    {
        /// <summary>True of one place among several, where another one will do.</summary>
        public bool IsInVain => !IsOk && Kind is Library or Loader or DriverPlace;
    }
}
