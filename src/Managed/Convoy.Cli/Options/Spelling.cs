namespace Convoy.Cli.Options;

/// <summary>What a misspelt word was meant to be.</summary>
internal static class Spelling
{
    private const char Dash = '-';

    // One edit of three letters may be a slip; more of them make another word.
    private const int LettersAnEdit = 3;

    /// <summary>The word that is begun or, a few edits away, meant; null where none comes close.</summary>
    public static string? FindNearest(string word, IEnumerable<string> known)
    {
        string letters = word.TrimStart(Dash);
        (string? nearest, int edits) = known
            .Select(each => (each, edits: letters.Length > 0 && each.TrimStart(Dash).StartsWith(letters, StringComparison.Ordinal) ? 0 : CountEdits(word, each)))
            .OrderBy(pair => pair.edits)
            .FirstOrDefault();
        return edits <= word.Length / LettersAnEdit ? nearest : null;
    }

    /// <summary>
    /// Letters to insert, delete, replace, or swap with a neighbour until one word is the other: the optimal string alignment
    /// distance.
    /// </summary>
    private static int CountEdits(string from, string to)
    {
        int[,] edits = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
        {
            for (int j = 0; j <= to.Length; j++)
            {
                edits[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(
                        Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1,
                        edits[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[from.Length, to.Length];
    }
}
