using System.CommandLine.Parsing;
using System.Globalization;

namespace Convoy.Cli.Options;

/// <summary>Makes options whose values are checked as they are parsed, with a sentence that says what they may be.</summary>
internal static class OptionFactory
{
    /// <summary>What is asked for or not; no value follows, so that what stands behind it may be a path.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description, Arity = ArgumentArity.Zero };

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Option<int> Integer(string name, string description, int least, int most, int preset) => new(name)
    {
        Description = description,
        HelpName = "N",
        DefaultValueFactory = _ => preset,
        CustomParser = result => ParseInteger(name, result.Tokens[0].Value, least, most, result),
    };

    /// <summary>A whole number, or null where it is not given.</summary>
    public static Option<int?> OptionalInteger(string name, string description, int least, int most) => new(name)
    {
        Description = description,
        HelpName = "N",
        CustomParser = result => ParseInteger(name, result.Tokens[0].Value, least, most, result),
    };

    /// <summary>Whole numbers, or ranges of them, with commas in between; none where the option is not given.</summary>
    public static Option<int[]> Integers(string name, string description, int least, int most) => new(name)
    {
        Description = description,
        HelpName = "N,N-N,...",
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result =>
        {
            int[] numbers = NumberRanges.Parse(result.Tokens[0].Value, least, most, out string? fault);
            if (fault is not null)
            {
                result.AddError($"{name} {fault}");
            }

            return numbers;
        },
    };

    /// <summary>Seconds, fractions allowed.</summary>
    public static Option<double> Seconds(string name, string description, double most, double preset) => new(name)
    {
        Description = description,
        HelpName = "S",
        DefaultValueFactory = _ => preset,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value > 0 && value <= most))
            {
                result.AddError(FormattableString.Invariant($"{name} is '{text}', but must be a number of seconds above 0, {most:N0} at most."));
            }

            return value;
        },
    };

    /// <summary>One of several words; where none is given, the type's default value, which the first word should stand for.</summary>
    public static Option<T> Choice<T>(string name, string description, params (string Word, T Value)[] choices)
    {
        string[] words = [.. choices.Select(choice => choice.Word)];
        var option = new Option<T>(name)
        {
            Description = $"{description} [default: {words[0]}]",
            HelpName = string.Join('|', words),
            CustomParser = result => Choose(name, result.Tokens[0].Value, result, choices),
        };
        option.CompletionSources.Add(words);
        return option;
    }

    /// <summary>Some of several words, with commas in between; none where the option is not given.</summary>
    public static Option<T[]> Choices<T>(string name, string description, params (string Word, T Value)[] choices)
    {
        string[] words = [.. choices.Select(choice => choice.Word)];
        var option = new Option<T[]>(name)
        {
            Description = $"{description} [default: {words[0]}]",
            HelpName = $"{string.Join('|', words)},...",
            Arity = ArgumentArity.ExactlyOne,
            CustomParser = result => [.. result.Tokens[0].Value.Split(',').Select(word => Choose(name, word, result, choices)).Distinct()],
        };
        option.CompletionSources.Add(words);
        return option;
    }

    private static int ParseInteger(string name, string text, int least, int most, SymbolResult result)
    {
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) || value < least || value > most)
        {
            result.AddError(FormattableString.Invariant($"{name} is '{text}', but must be a whole number from {least:N0} to {most:N0}."));
        }

        return value;
    }

    private static T Choose<T>(string name, string text, ArgumentResult result, (string Word, T Value)[] choices)
    {
        foreach ((string word, T value) in choices)
        {
            if (string.Equals(word, text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        result.AddError($"{name} is '{text}', but must be one of {string.Join(", ", choices.Select(choice => choice.Word))}.");
        return choices[0].Value;
    }
}
