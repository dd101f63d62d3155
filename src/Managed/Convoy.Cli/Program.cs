using Convoy.Cli;

using var interruption = new Interruption();
return await ConvoyApplication.RunAsync(args, Terminal.Open(), interruption.Token).ConfigureAwait(false);
