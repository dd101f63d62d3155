using System.Globalization;

namespace Convoy.Backends.Native;

/// <summary>The caches of the processors that this process may use, as Linux tells them; 0 is what it does not tell.</summary>
/// <param name="SecondLevel">Bytes of the second-level cache of a core.</param>
/// <param name="LastLevel">Bytes of the last-level caches of all of them together.</param>
internal readonly record struct ProcessorCaches(long SecondLevel, long LastLevel)
{
    private const string Processors = "/sys/devices/system/cpu";

    /// <summary>This machine's.</summary>
    public static ProcessorCaches Current { get; } = OperatingSystem.IsLinux() ? Read(Processors, ProcessorList.Status) : default;

    /// <summary>Reads them from folders such as Linux has.</summary>
    public static ProcessorCaches Read(string processors, string status)
    {
        IEnumerable<int> allowed = ProcessorList.ReadAllowed(status) ?? [];
        Cache[] all = [.. allowed.SelectMany(number => CachesOf(Path.Combine(processors, FormattableString.Invariant($"cpu{number}"), "cache")))];
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
