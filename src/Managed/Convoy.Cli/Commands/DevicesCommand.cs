using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy devices</c>: what networks can be computed on, and how fast that can be at best.</summary>
internal sealed class DevicesCommand : ConvoyCommand
{
    private readonly Option<bool> _refresh = OptionFactory.Flag("--refresh", "Measure again what was measured before.");
    private readonly Option<bool> _noMeasure = OptionFactory.Flag("--no-measure", "Measure nothing, and show what was measured before.");
    private readonly Option<OutputFormat> _output = OutputOption.Create();

    public DevicesCommand(Terminal terminal)
        : base(
            "devices",
            "List what networks can be computed on, and what each device can do at best.",
            "The one to prefer comes first. What cannot be used is listed with the reason. Peaks are measured, which takes a second or two a device, and kept in the "
                + "cache folder until its driver changes: fused multiply-adds from registers, reading memory far larger than the caches, copying to the device and back, "
                + "and launching work that does nothing. JSON holds all, every extension included.",
            "convoy devices --refresh",
            terminal)
    {
        Add(_refresh);
        Add(_noMeasure);
        Add(_output);
        Validators.Add(result =>
        {
            if (result.GetValue(_refresh) && result.GetValue(_noMeasure))
            {
                result.AddError("--refresh and --no-measure contradict each other; leave one of them out.");
            }
        });
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        IReadOnlyList<Device> all = Device.All;
        bool refresh = arguments.GetValue(_refresh);
        Device[] toMeasure = arguments.GetValue(_noMeasure) ? [] : [.. all.Where(device => PeakMeasuring.IsToMeasure(device, refresh))];
        Dictionary<Device, (DevicePeaks? Peaks, string? Problem)> measured = await Terminal.Progress
            .RunAsync(PeakMeasuring.TextFor(toMeasure.Length), counter => PeakMeasuring.RunAsync(toMeasure, refresh, counter, cancellationToken))
            .ConfigureAwait(false);
        DeviceDocument[] documents =
        [
            .. all.Select(device => measured.TryGetValue(device, out (DevicePeaks? Peaks, string? Problem) result)
                ? Describe(device, result.Peaks, result.Problem)
                : Describe(device, DevicePeaks.Known(device, PeakMeasuring.ThreadsOf(device)), problem: null)),
        ];
        OutputFormat format = arguments.GetValue(_output);
        ResultWriter.Write(Terminal, format, documents, JsonTypes.Indented.DeviceDocumentArray, [.. DeviceReports.Create(documents)]);
        return cancellationToken.IsCancellationRequested
            ? InterruptedRun.Conclude(Terminal, "Interrupted: not all devices were measured.", isInResult: false)
            : ExitCode.Done;
    }

    private static DeviceDocument Describe(Device device, DevicePeaks? peaks, string? problem) =>
        new(
            device.Name,
            device.Description,
            device.Type,
            device.Threads,
            device.IsAvailable,
            device.UnavailableReason,
            device.IsAvailable ? device.Vendor : "",
            DescribeVersion(device),
            device.Limits?.ComputeUnits ?? device.Threads,
            [.. device.InstructionSets.Select(SnakeCase.NameOf)],
            device.IsAvailable ? device.ClockMegahertz : null,
            device.IsAvailable ? device.MemoryBytes : 0,
            device.Limits,
            peaks,
            problem);

    /// <summary>Of what is a part of Convoy, that version too.</summary>
    private static string? DescribeVersion(Device device) => device.Limits is not null || !device.IsAvailable
        ? device.Version
        : string.Join(", ", new[] { $"Convoy {ProductVersion.Version}", device.Version }.OfType<string>());
}
