namespace Convoy.Cli.Commands;

/// <summary><c>convoy help</c>: what --help prints, for those who ask for it as a command.</summary>
internal sealed class HelpCommand : ConvoyCommand
{
    private readonly Argument<string?> _command = new("COMMAND")
    {
        Description = "The command to explain. [default: all of them, briefly]",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public HelpCommand(Terminal terminal)
        : base("help", "Explain a command.", "The same as --help behind the command.", "convoy help classify", terminal) => Add(_command);

    protected override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Command root = arguments.RootCommandResult.Command;
        string[] names = arguments.GetValue(_command) is { } name ? [name] : [];
        return names.Except(root.Subcommands.Select(each => each.Name)).FirstOrDefault() is { } unknown
            ? throw new UsageException(UsageErrors.RefuseCommand(unknown, root))
            : root.Parse([.. names, "--help"]).InvokeAsync(arguments.InvocationConfiguration, cancellationToken);
    }
}
