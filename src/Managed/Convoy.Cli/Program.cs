using Convoy.Cli;

StandardDescriptors.Occupy();
using var interruption = new Interruption();
return await ConvoyApplication.RunAsync(args, Terminal.Open(), interruption.Token).ConfigureAwait(false);
