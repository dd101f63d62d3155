using Convoy.Cli;
using Convoy.Diagnostics;

StandardDescriptors.Occupy();
if (DescriptorLimit.IsTooLow)
{
    DescriptorLimit.Tell();
    return ExitCode.Failed;
}

if (PerfMap.NeedsRestart(args))
{
    PerfMap.Restart();
}

if (DriverTrial.IsAskedFor(args))
{
    OpenClTrial.Run();
    return 0;
}

OpenClTrial.Enable(DriverTrial.CreateStart);
var terminal = Terminal.Open();
using var interruption = new Interruption(terminal);
return await ConvoyApplication.RunAsync(args, terminal, interruption.Token).ConfigureAwait(false);
