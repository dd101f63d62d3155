using System.Globalization;
using Convoy.Backends.Native;

namespace Convoy.Profiling;

/// <summary>What the processors did since the system started, in ticks of its clock.</summary>
/// <param name="Busy">Ticks in which one ran a process, the system, or was taken away by a hypervisor.</param>
/// <param name="All">All ticks, of all processors.</param>
/// <param name="Processors">How many processors these are.</param>
internal readonly record struct ProcessorTimes(long Busy, long All, int Processors)
{
    private const string StatisticsFile = "/proc/stat";

    // user, nice, system, idle, iowait, irq, softirq, steal; guests' times, which follow, are counted in the first two.
    private const int Kinds = 8;
    private const int Idle = 3;
    private const int WaitingForDisk = 4;

    private static readonly Lazy<HashSet<int>?> Allowed = new(() => ProcessorList.ReadAllowed(ProcessorList.Status));

    /// <summary>Reads the times of the processors that this process may run on; null where the system does not report it.</summary>
    public static ProcessorTimes? Read()
    {
        try
        {
            return OperatingSystem.IsLinux() ? Parse(File.ReadLines(StatisticsFile), Allowed.Value) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Sums up the lines "cpu0 10 0 5 ..." of the processors that may be used, or of all; null where there are none.</summary>
    internal static ProcessorTimes? Parse(IEnumerable<string> statistics, HashSet<int>? allowed)
    {
        var sum = default(ProcessorTimes);
        foreach (string[] words in statistics.Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (words is [['c', 'p', 'u', .. var number], ..]
                && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int processor)
                && allowed?.Contains(processor) != false)
            {
                long[] ticks = [.. words.Skip(1).Take(Kinds).Select(word => long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : 0)];
                long all = ticks.Sum();
                long atRest = ticks.Where((_, kind) => kind is Idle or WaitingForDisk).Sum();
                sum = new ProcessorTimes(sum.Busy + all - atRest, sum.All + all, sum.Processors + 1);
            }
        }

        return sum.All > 0 ? sum : null;
    }
}
