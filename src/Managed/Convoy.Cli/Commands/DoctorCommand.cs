using Convoy.Diagnostics;

namespace Convoy.Cli.Commands;

/// <summary><c>convoy doctor</c>: what can compute on this machine, and why the rest cannot.</summary>
internal sealed class DoctorCommand : ConvoyCommand
{
    private readonly Option<OutputFormat> _output = OutputOption.Create();

    public DoctorCommand(Terminal terminal)
        : base(
            "doctor",
            "Find out what can compute here, why the rest cannot, and what would mend it.",
            "Looks at every library, file and device on the way, computes a little on each device, holds each of its kernels against double precision, and writes to the cache folder. Where nothing is missing, "
                + "places without a file are listed with --verbose only. The exit code is 0 when native or an OpenCL device computes right, 1 when only the slow "
                + "reference device is left. JSON holds all, with the drivers' full logs.",
            "convoy doctor --output json",
            terminal)
    {
        Add(_output);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        MachineDiagnosis diagnosis = await Terminal.Progress
            .RunAsync(DoctorStages.First, counter => Task.FromResult(MachineDiagnosis.Examine(new DoctorStages(counter).Show)))
            .ConfigureAwait(false);
        var document = new DoctorDocument(
            diagnosis.HasFastDevice,
            diagnosis.Native,
            diagnosis.OpenCl,
            diagnosis.Cache,
            diagnosis.Peaks?.GigaFlopsPerSecond,
            diagnosis.Peaks?.GigaBytesPerSecond,
            ProductVersion.Version,
            ProductVersion.Commit);
        ResultWriter.Write(
            Terminal, arguments.GetValue(_output), document, JsonTypes.Indented.DoctorDocument, [.. DoctorReports.Create(diagnosis, listsAll: arguments.GetValue<bool>("--verbose"))]);
        return diagnosis.HasFastDevice ? ExitCode.Done : ExitCode.Failed;
    }
}
