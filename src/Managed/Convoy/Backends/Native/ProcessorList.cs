using System.Globalization;

namespace Convoy.Backends.Native;

/// <summary>Lists of processors as Linux writes them: "0-3,8".</summary>
internal static class ProcessorList
{
    /// <summary>Where Linux says, among others, which processors a process may use.</summary>
    public const string Status = "/proc/self/status";

    private const string Allowed = "Cpus_allowed_list:";

    // Larger than any machine's.
    private const int MostProcessors = 8192;

    /// <summary>The processors that a process may use, by the file that says so; null where it does not.</summary>
    public static HashSet<int>? ReadAllowed(string status)
    {
        try
        {
            return File.Exists(status) && File.ReadLines(status).FirstOrDefault(line => line.StartsWith(Allowed, StringComparison.Ordinal)) is { } line
                ? Parse(line[Allowed.Length..])
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The numbers of a list; null where it is none.</summary>
    public static HashSet<int>? Parse(string list)
    {
        HashSet<int> numbers = [];
        foreach (string[] ends in list.Split(',', StringSplitOptions.TrimEntries).Select(part => part.Split('-', 2)))
        {
            if (!int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                || !int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                || last >= MostProcessors)
            {
                return null;
            }

            numbers.UnionWith(Enumerable.Range(first, Math.Max(0, last - first + 1)));
        }

        return numbers;
    }
}
