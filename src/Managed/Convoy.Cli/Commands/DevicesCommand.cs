using System.CommandLine;
using Convoy.Cli.Options;
using Convoy.Cli.Output;
using Convoy.Runtime;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy devices</c>: what networks can be computed on.</summary>
internal sealed class DevicesCommand : ConvoyCommand
{
    private readonly Option<OutputFormat> _output = CommonOptions.Output();

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
        var report = new Report(
            Column.Words("name", "name"),
            Column.Words("description", "description"),
            Column.Words("type", "type"),
            new Column("threads", "threads"),
            Column.Words("usable", "usable"));
        report.Rows.AddRange(devices.Select(device => new[]
        {
            Cell.Of(device.Name),
            Cell.Of(device.Description),
            Cell.Of(SnakeCase.NameOf(device.Type)),
            Cell.Of(device.Threads),
            Cell.Of(device.Usable ? "yes" : $"no: {device.Reason}"),
        }));
        Answer.Write(Terminal, arguments.GetValue(_output), devices, JsonWriter.Types.DeviceDocumentArray, report);
        return Task.FromResult(ExitCode.Done);
    }
}
