namespace Convoy.Cli.Reports;

/// <summary>What the rows of a bench say together, in sentences.</summary>
internal static class BenchNotes
{
    /// <summary>What counts as almost as fast as the best batch.</summary>
    private const double NearBest = 0.05;

    /// <summary>Other processes' share of the cores, in percent, from which on a figure is not to be relied on.</summary>
    private const double BusyPercent = 10;

    /// <summary>The quartiles' distance, in percent of the median, from which on a figure is not to be relied on.</summary>
    private const double WidePercent = 10;

    private const double LeastMilliseconds = 100;

    /// <summary>For each device, precision and number of threads the best of several batches, and the smallest that comes close.</summary>
    public static IEnumerable<string> DescribeBatches(IEnumerable<BenchDocument> results)
    {
        foreach (BenchDocument[] batches in results
            .GroupBy(each => (each.Device, each.Precision, each.Threads), (_, group) => group.ToArray())
            .Where(group => group.Length > 1))
        {
            BenchDocument best = batches.MaxBy(each => each.ImagesPerSecond)!;
            BenchDocument least = batches.Where(each => each.ImagesPerSecond >= best.ImagesPerSecond * (1 - NearBest)).MinBy(each => each.Batch)!;
            string others = least.Batch == best.Batch
                ? "no smaller one comes within 5 % of it"
                : FormattableString.Invariant($"{least.Batch:N0} is the smallest within 5 % of it");
            yield return FormattableString.Invariant(
                $"{best.Device}, {best.Precision}, {Counted.Of(best.Threads, "thread")}: batch {best.Batch:N0} is the best ({best.ImagesPerSecond:N0} images/s), and {others}.");
        }
    }

    /// <summary>Whether the machine was too busy, or the figures too scattered, to tell small differences by.</summary>
    public static IEnumerable<string> DescribeNoise(IReadOnlyList<BenchDocument> results)
    {
        BenchDocument[] busy = [.. results.Where(each => each.OtherProcessesPercent >= BusyPercent)];
        if (busy.Length > 0)
        {
            yield return FormattableString.Invariant(
                $"Other processes took up to {busy.Max(each => each.OtherProcessesPercent):F0} % of the cores while {Count(busy, results)} measured: too much to tell speeds by; measure again when the machine has nothing else to do.");
        }

        BenchDocument[] wide = [.. results.Where(each => SpreadPercent(each) >= WidePercent && IsMeant(each))];
        if (wide.Length > 0)
        {
            yield return FormattableString.Invariant(
                $"{Count(wide, results)} measured with speeds that scatter by {WidePercent:F0} % or more (column 'spread'): measure for longer (--seconds), or when the machine is quieter.");
        }
    }

    /// <summary>Whether it was measured for long enough that figures to rely on were wanted.</summary>
    private static bool IsMeant(BenchDocument result) => result.Runs * result.LatencyMs.P50 >= LeastMilliseconds;

    private static string Count(BenchDocument[] some, IReadOnlyList<BenchDocument> all) =>
        FormattableString.Invariant($"{some.Length:N0} of {Counted.Of(all.Count, "combination")} {(some.Length == 1 ? "was" : "were")}");

    /// <summary>The quartiles' distance in percent of the median.</summary>
    public static double SpreadPercent(BenchDocument result) =>
        100 * (result.ImagesPerSecondHigh - result.ImagesPerSecondLow) / result.ImagesPerSecond;
}
