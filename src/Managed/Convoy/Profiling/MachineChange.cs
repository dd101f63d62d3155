namespace Convoy.Profiling;

/// <summary>Times, and how fast memory was beside them.</summary>
/// <param name="Times">The times of something.</param>
/// <param name="Count">How many these are.</param>
/// <param name="GigaBytes">10^9 bytes that pass through memory each time; null where it is not known.</param>
/// <param name="Rates">10^9 bytes a second that memory was read at meanwhile, or empty.</param>
internal readonly record struct TimesBesideMemory(Spread Times, int Count, double? GigaBytes, ImmutableArray<double> Rates)
{
    /// <summary>Whether memory was read, at what can be right.</summary>
    public bool HasRates => !Rates.IsEmpty && Rates.All(rate => rate > 0 && double.IsFinite(rate));

    /// <summary>What 10^9 bytes took, in milliseconds.</summary>
    public Spread MillisecondsAGigaByte => Spread.Of(Rates.Select(rate => 1e3 / rate));
}

/// <summary>A change between two measurements, less what the machine's memory explains of it.</summary>
/// <param name="Change">What is left of it.</param>
/// <param name="Slowdown">By what factor the faster one would have taken longer, at most, with the memory of the slower one; null where there was no change, or memory does not matter.</param>
internal readonly record struct MachineChange(Change Change, double? Slowdown)
{
    /// <summary>
    /// Takes from a change what memory explains. The faster one is compared as it would have been, at most, with the memory of the
    /// slower one: if the slower one is not slower than that, nothing is left to tell.
    /// </summary>
    /// <param name="change">The change by the times alone.</param>
    /// <param name="older">The older measurement.</param>
    /// <param name="newer">The newer one.</param>
    /// <param name="others">What other processes took of the cores meanwhile, the more of both; null where it is not known.</param>
    public static MachineChange Of(Change change, in TimesBesideMemory older, in TimesBesideMemory newer, double? others)
    {
        (TimesBesideMemory faster, TimesBesideMemory slower) = change == Change.Slower ? (older, newer) : (newer, older);
        if (change == Change.NoDifference || FindSlowdown(faster, slower) is not { } slowdown)
        {
            return new MachineChange(change, null);
        }

        bool isMore = SpreadComparison.Compare(faster.Times.Times(slowdown), faster.Count, slower.Times, slower.Count, others).Change == Change.Slower;
        return new MachineChange(isMore ? change : Change.NoDifference, slowdown);
    }

    /// <summary>
    /// By what factor something takes longer with the memory of a slower measurement: what its bytes of memory take longer to read, as
    /// if nothing were computed meanwhile, and no more than memory itself did. Null where that was not slower beyond noise, or it is
    /// not known.
    /// </summary>
    private static double? FindSlowdown(in TimesBesideMemory faster, in TimesBesideMemory slower)
    {
        if (faster is not { GigaBytes: > 0 and var gigaBytes, HasRates: true } || !slower.HasRates)
        {
            return null;
        }

        Spread fast = faster.MillisecondsAGigaByte, slow = slower.MillisecondsAGigaByte;
        double noise = SpreadComparison.Compare(fast, faster.Rates.Length, slow, slower.Rates.Length).NoisePercent;
        return slow.Median > fast.Median * (1 + (noise / 100))
            ? Math.Min(slow.Median / fast.Median, 1 + (gigaBytes * (slow.Median - fast.Median) / faster.Times.Median))
            : null;
    }
}
