using System.Globalization;

namespace Convoy.Tests.Soak;

/// <summary>
/// Whether anything grew. The first tenth of the rounds, three at least, is warm-up; the rest is quartered, and the median of the
/// last quarter is compared with that of the first: bytes may differ by a hundredth, the library's own count of them and
/// numbers of handles not at all. A median is moved neither by a round that something else on the machine disturbed nor by
/// the allocator's own back and forth, and a growth of even a little each round moves it in an hour.
/// </summary>
internal static class SoakVerdict
{
    /// <summary>Rounds that it takes to judge.</summary>
    public const int LeastRounds = 11;

    private const double Tolerance = 0.01;

    /// <summary>A line for each figure, and whether it is as it was.</summary>
    public static IReadOnlyList<(string Line, bool IsFlat)> Judge(IReadOnlyList<ProcessFigures> rounds)
    {
        int warmUp = Math.Max(3, rounds.Count / 10);
        int quarter = (rounds.Count - warmUp) / 4;
        ProcessFigures[] before = [.. rounds.Skip(warmUp).Take(quarter)];
        ProcessFigures[] after = [.. rounds.TakeLast(quarter)];
        return
        [
            Compare("resident memory", each => each.ResidentBytes, Tolerance),
            Compare("managed heap", each => each.ManagedBytes, Tolerance),
            Compare("native memory", each => each.NativeBytes, 0),
            Compare("devices' memory", each => each.DeviceBytes, 0),
            Compare("file descriptors", each => each.Descriptors, 0),
            Compare("threads", each => each.Threads, 0),
        ];

        (string Line, bool IsFlat) Compare(string name, Func<ProcessFigures, long> figure, double tolerance)
        {
            long first = Median(before.Select(figure));
            long last = Median(after.Select(figure));
            bool isFlat = last <= first + (tolerance * first);
            string change = first == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({100.0 * (last - first) / first:+0.00;-0.00;0} %)");
            return ($"{name}: {first:N0}, then {last:N0}{change}{(isFlat ? "" : "  GREW")}", isFlat);
        }
    }

    private static long Median(IEnumerable<long> values) => values.Order().ElementAt((values.Count() - 1) / 2);
}
