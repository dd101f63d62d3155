using System.Globalization;

namespace Convoy.Backends.Native;

/// <summary>The caches of the processors that this process may use, as Linux tells them; 0 is what it does not tell.</summary>
/// <param name="SecondLevel">Bytes of the second-level cache of a core.</param>
/// <param name="LastLevel">Bytes of the last-level caches of all of them together.</param>
internal readonly record struct ProcessorCaches(long SecondLevel, long LastLevel)
{
    private const string Processors = "/sys/devices/system/cpu";
    private const string Status = "/proc/self/status";
    private const string Allowed = "Cpus_allowed_list:";

    // Larger than any machine's.
    private const int MostProcessors = 8192;

    /// <summary>This machine's.</summary>
    public static ProcessorCaches Current { get; } = OperatingSystem.IsLinux() ? Read(Processors, Status) : default;

    /// <summary>Reads them from folders such as Linux has.</summary>
    public static ProcessorCaches Read(string processors, string status)
    {
        string? list = ReadText(status)?.Split('\n').FirstOrDefault(line => line.StartsWith(Allowed, StringComparison.Ordinal));
        Cache[] all = [.. ParseList(list?[Allowed.Length..] ?? "0").SelectMany(number => CachesOf(Path.Combine(processors, FormattableString.Invariant($"cpu{number}"), "cache")))];
        int last = all.Select(cache => cache.Level).DefaultIfEmpty().Max();
        return new(
            all.FirstOrDefault(cache => cache.Level == 2).Bytes,
            last < 2 ? 0 : all.Where(cache => cache.Level == last).DistinctBy(cache => cache.Sharers).Sum(cache => cache.Bytes));
    }

    private static IEnumerable<Cache> CachesOf(string folder)
    {
        for (int index = 0; ReadText(Path.Combine(folder, FormattableString.Invariant($"index{index}"), "level")) is { } level; index++)
        {
            string Fact(string name) => ReadText(Path.Combine(folder, FormattableString.Invariant($"index{index}"), name))?.Trim() ?? "";
            if (Fact("type") != "Instruction" && int.TryParse(level, CultureInfo.InvariantCulture, out int number))
            {
                yield return new(number, ParseBytes(Fact("size")), Fact("shared_cpu_list"));
            }
        }
    }

    /// <summary>"32768K"; 0 for what is not of that form.</summary>
    private static long ParseBytes(string text) => text.EndsWith('K')
        && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out int kilobytes) ? kilobytes * 1024L : 0;

    /// <summary>"0-3,8"</summary>
    private static IEnumerable<int> ParseList(string text)
    {
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out int first)
                && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int last)
                && last < MostProcessors)
            {
                for (int number = first; number <= last; number++)
                {
                    yield return number;
                }
            }
        }
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private readonly record struct Cache(int Level, long Bytes, string Sharers);
}
