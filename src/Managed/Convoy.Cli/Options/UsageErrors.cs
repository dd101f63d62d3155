using System.CommandLine.Parsing;

namespace Convoy.Cli.Options;

/// <summary>Puts what is wrong with the arguments into one sentence.</summary>
internal static class UsageErrors
{
    private const char Dash = '-';

    /// <summary>Throws if the arguments make no command line; a --help among them settles it.</summary>
    /// <param name="parsed">The arguments as they were understood.</param>
    /// <param name="arguments">The arguments as they were given.</param>
    /// <exception cref="UsageException">They do not: the sentence names the first thing wrong.</exception>
    public static void ThrowIfAny(ParseResult parsed, string[] arguments)
    {
        if (parsed.Action is { ClearsParseErrors: true })
        {
            return;
        }

        if (FindUnknownOption(parsed) is { } option)
        {
            throw new UsageException(RefuseOption(option, parsed.CommandResult.Command));
        }

        if (FindFlagWithValue(parsed, arguments) is { } flag)
        {
            throw new UsageException($"{flag} takes no value: give it alone, or leave it out. See '{Help(parsed.CommandResult.Command)}'.");
        }

        if (OptionsOf(parsed).FirstOrDefault(option => option.Tokens is [{ Value.Length: 0 }]) is { } empty)
        {
            throw new UsageException($"{empty.Option.Name} is given an empty value; give it one, or leave it out. See '{Help(parsed.CommandResult.Command)}'.");
        }

        if (parsed.Errors.Count > 0)
        {
            throw new UsageException(Describe(parsed));
        }
    }

    /// <summary>Refuses the name of a command that is none.</summary>
    public static string RefuseCommand(string name, Command root) =>
        $"There is no command '{name}'; there are {string.Join(", ", root.Subcommands.Select(each => each.Name))}.";

    private static string Describe(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        return parsed.UnmatchedTokens is not [var token, ..] ? $"{parsed.Errors[0].Message.TrimEnd('.')}. See '{Help(command)}'."
            : command is RootCommand ? RefuseCommand(token, command)
            : $"'{token}' is one argument too many; see '{Help(command)}'.";
    }

    /// <summary>
    /// What looks like an option and is none: the parser takes it for a path, or for a name that follows an option. Numbers
    /// may have a sign; the option they follow checks them. Behind -- everything is an argument.
    /// </summary>
    private static string? FindUnknownOption(ParseResult parsed)
    {
        HashSet<object> numbers = new(
            OptionsOf(parsed).Where(option => option.Option.ValueType != typeof(string)).SelectMany(option => option.Tokens), ReferenceEqualityComparer.Instance);
        return parsed.Tokens
            .TakeWhile(token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value.StartsWith(Dash) && !numbers.Contains(token))?.Value;
    }

    /// <summary>The parser takes what follows = behind an option without values for an argument of its own, a path.</summary>
    private static string? FindFlagWithValue(ParseResult parsed, string[] arguments)
    {
        string[] flags = [.. OptionsOf(parsed).Where(option => option.Option.Arity.MaximumNumberOfValues == 0).Select(option => option.Option.Name)];
        return arguments
            .TakeWhile(argument => argument != "--")
            .Select(argument => argument.Split('=', ':'))
            .FirstOrDefault(parts => parts.Length > 1 && flags.Contains(parts[0]))?[0];
    }

    private static IEnumerable<OptionResult> OptionsOf(ParseResult parsed) => Ancestry(parsed.CommandResult).SelectMany(each => each.Children.OfType<OptionResult>());

    private static IEnumerable<CommandResult> Ancestry(CommandResult command)
    {
        for (CommandResult? each = command; each is not null; each = each.Parent as CommandResult)
        {
            yield return each;
        }
    }

    private static string RefuseOption(string token, Command command)
    {
        string name = token.Split('=', ':')[0];
        IEnumerable<Option> inherited = command.Parents.OfType<Command>().SelectMany(each => each.Options).Where(option => option.Recursive);
        string? nearest = Spelling.FindNearest(name, command.Options.Concat(inherited).Where(option => !option.Hidden).Select(option => option.Name));
        string meant = nearest is null ? "" : $" (did you mean '{nearest}'?)";
        string asFile = command.Arguments.Any(each => each.ValueType == typeof(string) || each.ValueType == typeof(string[]))
            ? $"; a file of that name is './{token}'"
            : "";
        return $"There is no option '{name}'{meant}; see '{Help(command)}'{asFile}.";
    }

    private static string Help(Command command) => command is RootCommand ? "convoy --help" : $"convoy {command.Name} --help";
}
