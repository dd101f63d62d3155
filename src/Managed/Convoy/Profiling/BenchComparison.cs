namespace Convoy.Profiling;

/// <summary>The combinations of a bench against those of an earlier one.</summary>
/// <param name="Results">What was measured now, each with how it compares where the earlier result has the combination.</param>
/// <param name="Notes">Sentences for what cannot be compared.</param>
public sealed record BenchComparison(ImmutableArray<BenchResult> Results, ImmutableArray<string> Notes)
{
    /// <summary>Compares what both have, found by device, precision, threads and batch.</summary>
    /// <param name="results">What was measured now.</param>
    /// <param name="earlier">What was measured before.</param>
    /// <param name="source">Where that was read, for the notes.</param>
    public static BenchComparison Compare(IReadOnlyList<BenchResult> results, IReadOnlyList<BenchResult> earlier, string source)
    {
        ArgumentNullException.ThrowIfNull(results);
        ArgumentNullException.ThrowIfNull(earlier);
        ILookup<BenchKey, BenchResult> before = earlier.ToLookup(BenchKey.Of);
        HashSet<BenchKey> now = [.. results.Select(BenchKey.Of)];
        IEnumerable<string> added = now.Where(key => !before.Contains(key)).Select(key => $"{source} has nothing to compare with '{key}'.");
        IEnumerable<string> missing = before.Where(group => !now.Contains(group.Key)).Select(group => $"'{group.Key}' was measured in {source} and not now.");
        IEnumerable<string> moved =
            from result in results
            from other in before[BenchKey.Of(result)].Take(1)
            where other.DeviceName is { } name && name != result.DeviceName
            select $"'{result.Device}' was another device in {source}: {other.DeviceName}.";
        return new BenchComparison(
            [.. results.Select(result => before[BenchKey.Of(result)].FirstOrDefault() is { } other ? Compare(result, other) : result)],
            [.. moved.Distinct(), .. added, .. missing]);
    }

    private static BenchResult Compare(BenchResult result, BenchResult earlier)
    {
        (Spread older, Spread newer) = (earlier.SliceSpread, result.SliceSpread);
        double? others = new[] { earlier.OtherProcessesPercent, result.OtherProcessesPercent }.Max();
        return result with
        {
            Comparison = new SpeedChange(
                earlier.ImagesPerSecond, 100 * ((older.Median / newer.Median) - 1), SpreadComparison.Compare(older, earlier.Slices, newer, result.Slices, others).Change),
        };
    }
}
