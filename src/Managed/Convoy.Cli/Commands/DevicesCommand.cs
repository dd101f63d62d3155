namespace Convoy.Cli.Commands;

/// <summary><c>convoy devices</c>: what networks can be computed on.</summary>
internal sealed class DevicesCommand : ConvoyCommand
{
    private static readonly ReportColumns<DeviceDocument> Columns = new ReportColumns<DeviceDocument>()
        .Words("name", "name", device => device.Name)
        .Words("description", "description", device => device.Description)
        .Words("type", "type", device => SnakeCase.NameOf(device.Type))
        .Count("threads", "threads", device => device.Threads)
        .Words("usable", "usable", device => device.Usable ? "yes" : $"no: {device.Reason}");

    private readonly Option<OutputFormat> _output = OutputOption.Create();

    public DevicesCommand(Terminal terminal)
        : base(
            "devices",
            "List what networks can be computed on.",
            "The fastest comes first. What cannot be used is listed with the reason.",
            "convoy devices --output json",
            terminal)
    {
        Add(_output);
    }

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        DeviceDocument[] devices =
        [
            .. Device.All.Select(device => new DeviceDocument(
                device.Name,
                device.Description,
                device.Type,
                device.Threads,
                device.IsAvailable,
                device.UnavailableReason,
                device.Limits)),
        ];
        ResultWriter.Write(Terminal, arguments.GetValue(_output), devices, JsonTypes.Indented.DeviceDocumentArray, Columns.CreateReport(devices));
        return Task.FromResult(ExitCode.Done);
    }
}
