using System.CommandLine;
using Convoy.Cli.Output;

namespace Convoy.Cli.Commands;

/// <summary>A command of <c>convoy</c>. It answers an exit code, or throws an error whose message is a sentence.</summary>
internal abstract class ConvoyCommand : Command
{
    protected ConvoyCommand(string name, string description, string example, Terminal terminal)
        : base(name, description)
    {
        Example = example;
        Terminal = terminal;
        SetAction(RunAsync);
    }

    /// <summary>A command line worth trying, for the help.</summary>
    public string Example { get; }

    protected Terminal Terminal { get; }

    protected abstract Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken);
}
