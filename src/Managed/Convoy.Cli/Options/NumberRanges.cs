using System.Globalization;
using System.Text.RegularExpressions;

namespace Convoy.Cli.Options;

/// <summary>
/// Lists and ranges of whole numbers, as llama-bench has them: "1,8,64", "1-4", "8-64+8" and, for powers of two, "1-64*2". A
/// range's last number is part of it where a step falls on it.
/// </summary>
internal static partial class NumberRanges
{
    /// <summary>The most numbers that a list stands for: more is a slip of the finger.</summary>
    public const int MostNumbers = 1000;

    /// <summary>The numbers in the order they are named, each once.</summary>
    /// <param name="text">The list.</param>
    /// <param name="least">The least number allowed.</param>
    /// <param name="most">The greatest number allowed.</param>
    /// <param name="fault">What is wrong, as the end of a sentence that begins with the option's name; null where nothing is.</param>
    public static int[] Parse(string text, int least, int most, out string? fault)
    {
        List<int> numbers = [];
        foreach (string part in text.Split(','))
        {
            fault = Add(numbers, part, least, most);
            if (fault is null && numbers.Count > MostNumbers)
            {
                fault = FormattableString.Invariant($"is '{text}', but must not stand for more than {MostNumbers:N0} numbers; take larger steps.");
            }

            if (fault is not null)
            {
                return [];
            }
        }

        fault = null;
        return [.. numbers.Distinct()];
    }

    private static string? Add(List<int> numbers, string part, int least, int most)
    {
        Match match = Range().Match(part);
        if (!match.Success || Read(match, "first") is not { } first || first < least || first > most)
        {
            return FormattableString.Invariant(
                $"is '{part}', but must be a whole number from {least:N0} to {most:N0}, or a range such as 1-4, 8-64+8 or 1-64*2.");
        }

        if (!match.Groups["last"].Success)
        {
            numbers.Add(first);
            return null;
        }

        if (Read(match, "last") is not { } last || last > most || last < first)
        {
            return FormattableString.Invariant($"is '{part}', but a range must end between its first number and {most:N0}.");
        }

        bool multiplies = match.Groups["kind"].Value == "*";
        int? step = match.Groups["kind"].Success ? Read(match, "step") : 1;
        if (step is null || step < (multiplies ? 2 : 1) || (multiplies && first == 0))
        {
            return $"is '{part}', but a range's step must be +1 or more, or *2 or more from a number above 0.";
        }

        // One beyond the most that there may be is enough to tell.
        for (long next = first; next <= last && numbers.Count <= MostNumbers; next = multiplies ? next * step.Value : next + step.Value)
        {
            numbers.Add((int)next);
        }

        return null;
    }

    private static int? Read(Match match, string group) =>
        int.TryParse(match.Groups[group].Value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    [GeneratedRegex(@"^(?<first>[0-9]+)(-(?<last>[0-9]+)((?<kind>[+*])(?<step>[0-9]+))?)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Range();
}
