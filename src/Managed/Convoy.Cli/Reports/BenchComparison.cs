namespace Convoy.Cli.Reports;

/// <summary>Compares the combinations of a bench with those of an earlier result.</summary>
internal static class BenchComparison
{
    /// <summary>The results with how they compare, and sentences for what cannot be compared.</summary>
    /// <param name="results">What was measured now.</param>
    /// <param name="earlier">What was measured before.</param>
    /// <param name="file">Where that was read.</param>
    public static (BenchDocument[] Results, string[] Notes) Compare(BenchDocument[] results, BenchBaseline[] earlier, string file)
    {
        ILookup<BenchKey, BenchBaseline> before = earlier.ToLookup(each => each.Key);
        HashSet<BenchKey> now = [.. results.Select(BenchKey.Of)];
        string[] added = [.. now.Where(key => !before.Contains(key)).Select(key => $"{file} has nothing to compare with '{key}'.")];
        string[] missing = [.. before.Where(group => !now.Contains(group.Key)).Select(group => $"'{group.Key}' was measured in {file} and not now.")];
        string[] moved =
        [
            .. from result in results
               from baseline in before[BenchKey.Of(result)].Take(1)
               where baseline.DeviceName is { } name && name != result.DeviceName
               select $"'{result.Device}' was another device in {file}: {baseline.DeviceName}.",
        ];
        return
        (
            [.. results.Select(result => before[BenchKey.Of(result)].FirstOrDefault() is { } baseline ? Compare(result, baseline) : result)],
            [.. moved.Distinct(), .. added, .. missing]
        );
    }

    /// <summary>For people: "faster by 10.2 %".</summary>
    public static string Describe(ComparisonDocument comparison) => comparison.Verdict switch
    {
        Verdict.NoDifference => "no difference",
        Verdict.Faster => FormattableString.Invariant($"faster by {comparison.ChangePercent:F1} %"),
        Verdict.Slower => FormattableString.Invariant($"slower by {-comparison.ChangePercent:F1} %"),
        _ => throw new ArgumentOutOfRangeException(nameof(comparison), comparison.Verdict, "There is no such verdict."),
    };

    private static BenchDocument Compare(BenchDocument result, BenchBaseline baseline)
    {
        var comparison = SliceComparison.Compare(baseline.Slices, result.SliceMs);
        return result with { Comparison = new ComparisonDocument(baseline.ImagesPerSecond, 100 * (comparison.Ratio - 1), comparison.Verdict) };
    }
}
