using Convoy.Cli;
using Convoy.Cli.Output;

using var interruption = new Interruption();
return await ConvoyApplication.RunAsync(args, Terminal.Open(), interruption.Token).ConfigureAwait(false);
