namespace Convoy.Cli.Measuring;

/// <summary>Divides what needs memory into groups that fit side by side.</summary>
internal static class MemoryGroups
{
    /// <summary>
    /// Groups of neighbours whose bytes stay within the bound of each memory together; an item that is too large for any
    /// group has one of its own.
    /// </summary>
    /// <param name="items">The items.</param>
    /// <param name="needOf">Which memory an item needs most of, and how many bytes.</param>
    /// <param name="boundOf">The bytes of a memory that may be used.</param>
    /// <param name="most">The most items in a group.</param>
    public static List<List<T>> Divide<T, TMemory>(
        IEnumerable<T> items, Func<T, (TMemory Memory, long Bytes)> needOf, Func<TMemory, long> boundOf, int most)
        where TMemory : notnull
    {
        List<List<T>> groups = [];
        Dictionary<TMemory, long> used = [];
        foreach (T item in items)
        {
            (TMemory memory, long bytes) = needOf(item);
            if (groups.Count == 0 || groups[^1].Count == most || used.GetValueOrDefault(memory) > boundOf(memory) - bytes)
            {
                groups.Add([]);
                used.Clear();
            }

            groups[^1].Add(item);
            used[memory] = used.GetValueOrDefault(memory) + bytes;
        }

        return groups;
    }
}
