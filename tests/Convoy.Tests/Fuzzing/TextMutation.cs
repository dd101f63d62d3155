using System.Globalization;
using System.Text.RegularExpressions;

namespace Convoy.Tests.Fuzzing;

/// <summary>Changes of a text word by word, so that what comes out is still nearly of its language.</summary>
/// <param name="words">Words of the language to put in.</param>
internal sealed partial class TextMutation(params string[] words)
{
    private const int MostSteps = 5;
    private const int DeepestNest = 2000;
    private const int MostTokens = 20_000;

    /// <summary>What JSON is made of, and what it trips over.</summary>
    public static string[] Json { get; } =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "0", "0.5", "1e999", "-0", "1E2", "99999999999999999999", "\"a\"", "\"\"", "\"\\u0000\"",
        "\"\\ud83d\"", "\"\\n\"", "\\", "\u00e9", "//", "\uFEFF", "\0", "NaN",
    ];

    /// <summary>A text that was changed in one place or a few.</summary>
    public string Of(Random random, string text)
    {
        List<string> tokens = [.. Token().Matches(text).Select(match => match.Value)];
        for (int i = random.Next(1, MostSteps + 1); i > 0; i--)
        {
            Change(random, tokens);
        }

        return string.Concat(tokens.Take(MostTokens));
    }

    private void Change(Random random, List<string> tokens)
    {
        int at = random.Next(tokens.Count + 1);
        int length = Math.Min(random.Next(1, 12), tokens.Count - at);
        switch (random.Next(8))
        {
            case 0:
                tokens.Insert(at, Word(random, tokens));
                break;
            case 1:
                tokens.RemoveRange(at, length);
                break;
            case 2:
                tokens.InsertRange(at, tokens.GetRange(at, length));
                break;
            case 3:
                tokens.InsertRange(at, tokens.GetRange(random.Next(tokens.Count - length + 1), length));
                break;
            case 4:
                tokens.InsertRange(at, Enumerable.Repeat(Word(random, tokens), random.Next(8) == 0 ? random.Next(DeepestNest) : 3));
                break;
            case 5 when FindNumber(random, tokens) is { } number:
                tokens[number] = Number(random);
                break;
            case 6 when at < tokens.Count:
                tokens[at] = tokens[at].ToUpperInvariant();
                break;
            case var _ when at < tokens.Count:
                tokens[at] = Word(random, tokens);
                break;
        }
    }

    private string Word(Random random, List<string> tokens) => random.Next(4) switch
    {
        0 when tokens.Count > 0 => Mutation.Any(random, tokens),
        1 => Number(random),
        _ => Mutation.Any(random, words),
    };

    private static string Number(Random random) => Mutation.EdgeNumber(random, 100).ToString(CultureInfo.InvariantCulture);

    private static int? FindNumber(Random random, List<string> tokens)
    {
        int[] numbers = [.. tokens.Index().Where(each => char.IsAsciiDigit(each.Item[0])).Select(each => each.Index)];
        return numbers.Length == 0 ? null : Mutation.Any(random, numbers);
    }

    [GeneratedRegex(@"""(?:\\.|[^""\\])*""?|[A-Za-z_]\w*|\d+(?:\.\d+)?|\s+|.", RegexOptions.Singleline)]
    private static partial Regex Token();
}
