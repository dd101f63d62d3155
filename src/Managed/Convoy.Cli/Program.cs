using Convoy.Cli;
using Convoy.Diagnostics;

StandardDescriptors.Occupy();
if (DescriptorLimit.IsTooLow)
{
    DescriptorLimit.Tell();
    return ExitCode.Failed;
}

if (DriverTrial.IsAskedFor(args))
{
    OpenClTrial.Run();
    return 0;
}

OpenClTrial.Enable(DriverTrial.CreateStart);
using var interruption = new Interruption();
return await ConvoyApplication.RunAsync(args, Terminal.Open(), interruption.Token).ConfigureAwait(false);
