namespace Convoy.Profiling;

/// <summary>What the results of a bench say together, in sentences.</summary>
public static class BenchNotes
{
    /// <summary>What counts as almost as fast as the best batch.</summary>
    private const double NearBest = 0.05;

    /// <summary>The quartiles' distance, in percent of the median, from which on a figure is not to be relied on.</summary>
    private const double WidePercent = 10;

    // What was measured for less was not measured to be relied on.
    private const double LeastMilliseconds = 100;

    /// <summary>For each network, device, precision and number of threads the best of several batches, and the smallest that comes close.</summary>
    public static IEnumerable<string> DescribeBatches(IEnumerable<BenchResult> results) =>
        from best in FindBest(results)
        where best.IsOfSeveral
        select FormattableString.Invariant(
            $"{best.Device}, {best.Precision}, {Count(best.Threads, "thread")}: {Describe(best)}.");

    /// <summary>Whether the machine was too busy, or the figures too scattered, to tell small differences by.</summary>
    public static IEnumerable<string> DescribeNoise(IReadOnlyList<BenchResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        BenchResult[] busy = [.. results.Where(each => each.OtherProcessesPercent >= CoreUse.BusyPercent)];
        if (busy.Length > 0)
        {
            yield return FormattableString.Invariant(
                $"Other processes took up to {busy.Max(each => each.OtherProcessesPercent):F0} % of the cores while {Count(busy, results)} measured: too much to compare speeds; measure again when the machine has nothing else to do.");
        }

        BenchResult[] wide = [.. results.Where(each => each.SpreadPercent >= WidePercent && IsMeant(each))];
        if (wide.Length > 0)
        {
            yield return FormattableString.Invariant(
                $"{Count(wide, results)} measured with a spread of {WidePercent:F0} % or more: measure for longer (--seconds), or when the machine is quieter.");
        }
    }

    /// <summary>Why there are no shares of peaks, where one would expect some: each reason once.</summary>
    /// <exception cref="ArgumentNullException">There is no list of results.</exception>
    public static IEnumerable<string> DescribePeaks(IEnumerable<BenchResult> results)
    {
        ArgumentNullException.ThrowIfNull(results);
        return
            from result in results
            where result.PeaksProblem is not null
            group result by (result.Device, result.PeaksProblem, Shares: result.ExecutedPercentOfPeak is null ? "the peaks and the roofline" : "the roofline") into alike
            select $"{alike.Key.Device}: shares of {alike.Key.Shares} are missing. {alike.Key.PeaksProblem}";
    }

    /// <summary>The best batches of each network, device, precision and number of threads.</summary>
    internal static IEnumerable<BestBatches> FindBest(IEnumerable<BenchResult> results) =>
        from result in results
        group result by (result.Model, result.Device, result.Precision, result.Threads) into alike
        select FindBest([.. alike.OrderByDescending(each => each.ImagesPerSecond)]);

    /// <summary>Of results in falling order of their speeds.</summary>
    private static BestBatches FindBest(BenchResult[] alike)
    {
        BenchResult best = alike[0];
        return new BestBatches(
            best.Model,
            best.Device,
            best.Precision,
            best.Threads,
            best.ImagesPerSecond,
            [.. alike.Where(each => !IsBeyondSpread(best, each)).Select(each => each.BatchSize).Distinct().Order()],
            alike.Where(each => each.ImagesPerSecond >= best.ImagesPerSecond * (1 - NearBest)).Min(each => each.BatchSize),
            alike.Length > 1);
    }

    private static string Describe(BestBatches best)
    {
        bool isOne = best.Batches.Length == 1;
        string first = isOne
            ? FormattableString.Invariant($"batch {best.Batches[0]:N0} is the best ({best.ImagesPerSecond:N0} images/s)")
            : FormattableString.Invariant($"batches {Join(best.Batches)} do not differ by more than their spread (up to {best.ImagesPerSecond:N0} images/s)");
        string pronoun = isOne ? "it" : "them";
        return best.SmallestNear >= best.Batches[0]
            ? $"{first}, and no smaller one comes within 5 % of {pronoun}"
            : FormattableString.Invariant($"{first}, and {best.SmallestNear:N0} is the smallest within 5 % of {pronoun}");
    }

    /// <summary>Whether the faster of two is so by more than the quartiles of either lie from its median.</summary>
    private static bool IsBeyondSpread(BenchResult faster, BenchResult slower) =>
        slower.ImagesPerSecond < (faster.ImagesPerSecondLow ?? faster.ImagesPerSecond)
        && faster.ImagesPerSecond > (slower.ImagesPerSecondHigh ?? slower.ImagesPerSecond);

    private static string Join(ImmutableArray<int> batches) =>
        FormattableString.Invariant($"{string.Join(", ", batches[..^1].Select(batch => FormattableString.Invariant($"{batch:N0}")))} and {batches[^1]:N0}");

    /// <summary>Whether it was measured for long enough that figures to rely on were wanted.</summary>
    private static bool IsMeant(BenchResult result) => result.Runs * result.Latency?.P50 >= LeastMilliseconds;

    private static string Count(BenchResult[] some, IReadOnlyList<BenchResult> all) =>
        FormattableString.Invariant($"{some.Length:N0} of {Count(all.Count, "combination")} {(some.Length == 1 ? "was" : "were")}");

    private static string Count(int count, string thing) => FormattableString.Invariant($"{count:N0} {thing}{(count == 1 ? "" : "s")}");
}

/// <summary>The best batches of one network, device, precision and number of threads.</summary>
/// <param name="Model">The network's name.</param>
/// <param name="Device">The device as it is asked for.</param>
/// <param name="Precision">How weights of fully connected layers are stored.</param>
/// <param name="Threads">Threads that compute.</param>
/// <param name="ImagesPerSecond">Images a second of the fastest.</param>
/// <param name="Batches">The fastest, and those whose spread does not tell them from it, in ascending order.</param>
/// <param name="SmallestNear">The smallest batch within 5 % of the fastest.</param>
/// <param name="IsOfSeveral">Whether there were others to choose from.</param>
internal sealed record BestBatches(
    string Model, string Device, string Precision, int Threads, double ImagesPerSecond, ImmutableArray<int> Batches, int SmallestNear, bool IsOfSeveral);
