namespace Convoy.Cli.Measuring;

/// <summary>Takes turns, so that a slow minute of the machine falls on all alike.</summary>
internal static class Rounds
{
    /// <summary>The items one after the other, round by round, each until it is complete.</summary>
    public static IEnumerable<T> Take<T>(IReadOnlyList<T> items, Func<T, bool> isComplete)
    {
        bool isAnyLeft = true;
        while (isAnyLeft)
        {
            isAnyLeft = false;
            foreach (T item in items.Where(each => !isComplete(each)))
            {
                isAnyLeft = true;
                yield return item;
            }
        }
    }
}
