namespace Convoy.Cli.Data;

/// <summary>Orders classes by score: the highest first, of equal ones the lower index, NaN last.</summary>
internal static class Ranking
{
    /// <summary>The indexes of the <paramref name="count"/> highest scores, or of all where there are fewer.</summary>
    public static int[] FindTop(ReadOnlySpan<float> scores, int count)
    {
        int[] top = new int[Math.Min(count, scores.Length)];
        int found = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            int place = found;
            while (place > 0 && IsAhead(scores[i], scores[top[place - 1]]))
            {
                place--;
            }

            if (place < top.Length)
            {
                found = Math.Min(found + 1, top.Length);
                top.AsSpan(place, found - place - 1).CopyTo(top.AsSpan(place + 1));
                top[place] = i;
            }
        }

        return top;
    }

    // Comparisons with NaN are false, so that it stays behind what came before; what comes after goes ahead of it.
    private static bool IsAhead(float score, float other) => score > other || (float.IsNaN(other) && !float.IsNaN(score));
}
