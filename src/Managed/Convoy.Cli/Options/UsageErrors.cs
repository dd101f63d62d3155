namespace Convoy.Cli.Options;

/// <summary>Puts the parser's complaints into one sentence.</summary>
internal static class UsageErrors
{
    /// <summary>Throws if the arguments make no command line; a --help among them settles it.</summary>
    /// <exception cref="UsageException">They do not: the sentence names the first thing wrong.</exception>
    public static void ThrowIfAny(ParseResult parsed)
    {
        if (parsed.Errors.Count > 0)
        {
            throw new UsageException(Describe(parsed));
        }
    }

    private static string Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.Count == 0)
        {
            return $"{parsed.Errors[0].Message.TrimEnd('.')}. See '{Help(command)}'.";
        }

        string token = parsed.UnmatchedTokens[0];
        if (token.StartsWith('-'))
        {
            return $"There is no option '{token}'; see '{Help(command)}'.";
        }

        return command is RootCommand
            ? $"There is no command '{token}'; there are {string.Join(", ", command.Subcommands.Select(each => each.Name))}."
            : $"'{token}' is one argument too many; see '{Help(command)}'.";
    }

    private static string Help(Command command) => command is RootCommand ? "convoy --help" : $"convoy {command.Name} --help";
}
