namespace Convoy.Profiling;

/// <summary>
/// The combinations of a bench against those of an earlier one, by the rule of <see cref="SpreadComparison"/>. What the machine's
/// memory explains, which was read beside both (<see cref="BenchResult.MemoryGigaBytesPerSecond"/>), is no difference.
/// </summary>
/// <param name="Results">What was measured now, each with how it compares where the earlier result has the combination.</param>
/// <param name="Notes">Sentences for what cannot be compared, or not well, and for what the machine explains.</param>
public sealed record BenchComparison(ImmutableArray<BenchResult> Results, ImmutableArray<string> Notes)
{
    // More than are worth reading of one kind.
    private const int MostNamed = 3;

    /// <summary>Compares what both have, found by network, device, precision, threads and batch; of several alike in the earlier result the first.</summary>
    /// <param name="results">What was measured now.</param>
    /// <param name="earlier">What was measured before.</param>
    /// <param name="source">Where that was read, for the notes.</param>
    /// <exception cref="ArgumentNullException">One of the lists is null.</exception>
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
        (BenchResult Result, BenchResult? Earlier)[] compared =
        [
            .. from result in results
               let other = before[BenchKey.Of(result)].FirstOrDefault()
               select (other is null ? result : Compare(result, other), other),
        ];
        return new BenchComparison(
            [.. compared.Select(each => each.Result)],
            [
                .. moved.Distinct(), .. added, .. missing,
                .. compared.Where(each => each.Earlier is not null).SelectMany(each => DescribeMachine(each.Result, each.Earlier!, source)),
                .. DescribeBrief([.. compared.Where(each => each.Earlier is { } other && Math.Min(each.Result.Slices, other.Slices) < Spread.FewestForQuartiles).Select(each => BenchKey.Of(each.Result))], source),
            ]);
    }

    private static BenchResult Compare(BenchResult result, BenchResult earlier)
    {
        Spread older = earlier.SliceSpread, newer = result.SliceSpread;
        double? others = new[] { earlier.OtherProcessesPercent, result.OtherProcessesPercent }.Max();
        Change change = SpreadComparison.Compare(older, earlier.Slices, newer, result.Slices, others).Change;
        var machine = MachineChange.Of(change, BesideMemory(earlier), BesideMemory(result), others);
        return result with
        {
            Comparison = new SpeedChange(earlier.ImagesPerSecond, 100 * ((older.Median / newer.Median) - 1), machine.Change)
            {
                MachinePercent = machine.Slowdown is { } slowdown ? 100 * ((change == Change.Slower ? 1 / slowdown : slowdown) - 1) : null,
            },
        };
    }

    private static TimesBesideMemory BesideMemory(BenchResult result) =>
        new(result.SliceSpread, result.Slices, result.MemoryGigaBytes, result.MemoryGigaBytesPerSecond);

    private static IEnumerable<string> DescribeBrief(BenchKey[] brief, string source)
    {
        if (brief.Length > 0)
        {
            string names = string.Join(", ", brief.Take(MostNamed).Select(key => $"'{key}'"));
            string others = brief.Length > MostNamed ? FormattableString.Invariant($" and {brief.Length - MostNamed:N0} more") : "";
            yield return $"Measured too briefly to compare, in fewer than {Spread.FewestForQuartiles} slices now or in {source}: {names}{others}; measure for longer (--seconds, --iterations).";
        }
    }

    private static IEnumerable<string> DescribeMachine(BenchResult result, BenchResult earlier, string source)
    {
        if (result.Comparison is { MachinePercent: { } machine } comparison)
        {
            double before = Quantiles.Median(earlier.MemoryGigaBytesPerSecond), now = Quantiles.Median(result.MemoryGigaBytesPerSecond);
            yield return FormattableString.Invariant(
                $"'{BenchKey.Of(result)}' changed by {comparison.ChangePercent:F1} %, and the machine explains {(comparison.IsMachine ? "that" : "a part of it")}, up to {machine:F1} %: its memory was read at {before:F1} GB/s in {source}, and at {now:F1} now.");
        }
    }
}
