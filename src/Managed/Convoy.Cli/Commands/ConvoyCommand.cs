using Convoy.Diagnostics;

namespace Convoy.Cli.Commands;

/// <summary>A command of <c>convoy</c>. It returns an exit code, or throws an error whose message is a sentence.</summary>
internal abstract class ConvoyCommand : Command
{
    protected ConvoyCommand(string name, string description, string details, string example, Terminal terminal)
        : base(name, description)
    {
        Details = details;
        Example = example;
        Terminal = terminal;
        SetAction((arguments, cancellationToken) => OpenClTrial.FindTimeoutProblem() is { } problem
            ? throw new UsageException(problem)
            : RunAsync(arguments, cancellationToken));
    }

    /// <summary>What there is to know beyond the description, for the command's own help.</summary>
    public string Details { get; }

    /// <summary>A command line worth trying, for the help.</summary>
    public string Example { get; }

    protected Terminal Terminal { get; }

    protected abstract Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken);
}
