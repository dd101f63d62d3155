using System.Text;
using Spectre.Console.Rendering;

namespace Convoy.Cli.Output;

/// <summary>Fits texts into a width, counted in a terminal's columns: a letter of some scripts takes two, an accent none.</summary>
internal static class TextFit
{
    private const string Ellipsis = "…";

    /// <summary>How wide a text is.</summary>
    public static int WidthOf(string text) => Segment.CellCount([new Segment(text)]);

    /// <summary>A text with its middle left out where it is wider than that: what tells names apart is at either end.</summary>
    public static string Shorten(string text, int width)
    {
        if (WidthOf(text) <= width)
        {
            return text;
        }

        int room = Math.Max(0, width - WidthOf(Ellipsis));
        string[] letters = [.. text.EnumerateRunes().Select(rune => rune.ToString())];
        string begin = TakeWhileFits(letters, (room + 1) / 2);
        string end = TakeWhileFits(letters.Reverse(), room / 2, isReversed: true);
        return $"{begin.TrimEnd()}{Ellipsis}{end.TrimStart()}";
    }

    /// <summary>A text's lines, broken between words; a word that is wider than a line has one for itself. Further lines stand in as far as the first.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        if (WidthOf(text) <= width)
        {
            yield return text;
            yield break;
        }

        string indent = text[..^text.TrimStart(' ').Length];
        var line = new StringBuilder(indent);
        foreach (string word in text[indent.Length..].Split(' '))
        {
            bool isFirst = line.Length == indent.Length;
            if (!isFirst && WidthOf(line.ToString()) + 1 + WidthOf(word) > width)
            {
                yield return line.ToString().TrimEnd(' ');
                line.Clear().Append(indent);
                isFirst = true;
            }

            line.Append(isFirst ? "" : " ").Append(word);
        }

        yield return line.ToString();
    }

    private static string TakeWhileFits(IEnumerable<string> letters, int width, bool isReversed = false)
    {
        var taken = new List<string>();
        foreach (string letter in letters)
        {
            width -= WidthOf(letter);
            if (width < 0)
            {
                break;
            }

            taken.Add(letter);
        }

        return string.Concat(isReversed ? taken.AsEnumerable().Reverse() : taken);
    }
}
