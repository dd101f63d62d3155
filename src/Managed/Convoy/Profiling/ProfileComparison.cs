using System.Text.Json.Serialization;

namespace Convoy.Profiling;

/// <summary>How the time of a layer, or of the whole batch, changed.</summary>
/// <param name="Name">The layer's name.</param>
/// <param name="OldMilliseconds">Its median time in the older profile.</param>
/// <param name="NewMilliseconds">Its median time now.</param>
/// <param name="Percent">The change, in percent of the older time.</param>
/// <param name="NoisePercent">The change that would be noise.</param>
/// <param name="Change">The verdict.</param>
public sealed record TimeChange(
    string Name,
    [property: JsonPropertyName("old_ms")] double OldMilliseconds,
    [property: JsonPropertyName("new_ms")] double NewMilliseconds,
    double Percent,
    double NoisePercent,
    Change Change)
{
    /// <summary>
    /// How much more time, in percent, the machine's memory explains at most, where both changed the same way by more than noise; null
    /// elsewhere. Where it explains all of the change, there is no difference.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MachinePercent { get; init; }

    /// <summary>Whether there is a change beyond the noise, and the machine's memory explains it.</summary>
    [JsonIgnore]
    public bool IsMachine => Change == Change.NoDifference && MachinePercent is not null;
}

/// <summary>
/// What changed between two profiles: which layers, or the whole batch, take more or less time by more than noise explains, and by
/// more than the machine's memory does, where both profiles say how fast it was.
/// </summary>
/// <param name="Whole">The batch by the wall clock.</param>
/// <param name="Layers">The layers that both have, in the order they run.</param>
/// <param name="StandingOut">
/// Those whose change differs from that of most of the time (<see cref="RestPercent"/>) by more than noise, and that changed
/// by more than noise, or did not where the rest did: what was changed, where the machine was faster or slower.
/// </param>
/// <param name="OnlyOld">Layers that only the older profile has.</param>
/// <param name="OnlyNew">Layers that only the newer one has.</param>
public sealed record ProfileComparison(
    TimeChange Whole, ImmutableArray<TimeChange> Layers, ImmutableArray<string> StandingOut, ImmutableArray<string> OnlyOld, ImmutableArray<string> OnlyNew)
{
    /// <summary>How the time of the rest changed, in percent: the median of the layers' changes, weighted by their time. Null where no layer takes enough of it to tell.</summary>
    public double? RestPercent { get; init; }

    // A year: what is longer was not measured.
    private const double MostMilliseconds = 3.2e10;

    // A layer of next to no time may change by any factor.
    private const double LeastMilliseconds = 0.005;
    private const double LeastShare = 0.005;

    /// <summary>Compares two profiles of one network and batch.</summary>
    /// <param name="older">The older one.</param>
    /// <param name="newer">The newer one.</param>
    /// <exception cref="ConvoyException">They are of different networks or batches, or have times that cannot be right.</exception>
    public static ProfileComparison Compare(NetworkProfile older, NetworkProfile newer)
    {
        ArgumentNullException.ThrowIfNull(older);
        ArgumentNullException.ThrowIfNull(newer);
        if (older.Model != newer.Model || older.Images != newer.Images)
        {
            throw new ConvoyException(
                $"The older profile is of '{older.Model}' with a batch of {older.Images}, the newer one of '{newer.Model}' with a batch of {newer.Images}; compare profiles of one network and batch.");
        }

        ThrowIfNoTimes(older, "older");
        ThrowIfNoTimes(newer, "newer");
        double? others = new[] { older.OtherProcessesPercent, newer.OtherProcessesPercent }.Max();
        Dictionary<string, LayerProfile> before = older.Layers.DistinctBy(layer => layer.Name).ToDictionary(layer => layer.Name);
        HashSet<string> after = [.. newer.Layers.Select(layer => layer.Name)];
        (Spread Older, Spread Newer, TimeChange Change)[] both =
        [
            .. from layer in newer.Layers
               where before.ContainsKey(layer.Name)
               let was = BesideMemory(older, before[layer.Name])
               let now = BesideMemory(newer, layer)
               select (was.Times, now.Times, Compare(layer.Name, was, now, others)),
        ];
        ImmutableArray<TimeChange> layers = [.. both.Select(each => each.Change)];
        TimeChange[] lasting = FindLasting(layers);
        double? rest = FindRest(lasting);
        return new ProfileComparison(
            Compare("batch", BesideMemory(older), BesideMemory(newer), others),
            layers,
            [
                .. from each in both
                   where rest is not null && lasting.Contains(each.Change) && !each.Change.IsMachine && StandsOut(each.Change, rest.Value)
                       && SpreadComparison.Compare(each.Older.Times(1 + (rest.Value / 100)), older.Batches, each.Newer, newer.Batches, others).Change != Change.NoDifference
                   select each.Change.Name,
            ],
            [.. older.Layers.Select(layer => layer.Name).Where(name => !after.Contains(name))],
            [.. newer.Layers.Select(layer => layer.Name).Where(name => !before.ContainsKey(name))])
        {
            RestPercent = rest,
        };
    }

    private static void ThrowIfNoTimes(NetworkProfile profile, string which)
    {
        if (profile.Batches < 1 || !AreTimes(profile.WallSpread) || !profile.Layers.All(layer => AreTimes(layer.Spread)))
        {
            throw new ConvoyException($"The {which} profile has times that cannot be right, and cannot be compared with; measure it again.");
        }
    }

    private static bool AreTimes(Spread spread) =>
        spread.Least >= 0 && spread.Least <= spread.Low && spread.Low <= spread.Median && spread.Median <= spread.High && spread.High < MostMilliseconds;

    private static TimesBesideMemory BesideMemory(NetworkProfile profile, LayerProfile layer) =>
        new(layer.Spread, profile.Batches, layer.MemoryGigaBytes, profile.MemoryGigaBytesPerSecond);

    private static TimesBesideMemory BesideMemory(NetworkProfile profile) =>
        new(profile.WallSpread, profile.Batches, profile.Layers.Sum(layer => layer.MemoryGigaBytes), profile.MemoryGigaBytesPerSecond);

    private static TimeChange Compare(string name, in TimesBesideMemory older, in TimesBesideMemory newer, double? others)
    {
        (double before, double now) = (older.Times.Median, newer.Times.Median);
        if (before <= 0 || now <= 0)
        {
            double percent = before > 0 ? -100 : 0;
            Change change = now > LeastMilliseconds ? Change.Slower : before > LeastMilliseconds ? Change.Faster : Change.NoDifference;
            return new TimeChange(name, before, now, percent, 0, change);
        }

        var comparison = SpreadComparison.Compare(older.Times, older.Count, newer.Times, newer.Count, others);
        Change changed = Math.Abs(now - before) < LeastMilliseconds ? Change.NoDifference : comparison.Change;
        var machine = MachineChange.Of(changed, older, newer, others);
        return new TimeChange(name, before, now, 100 * ((now / before) - 1), comparison.NoisePercent, machine.Change)
        {
            MachinePercent = machine.Slowdown is { } slowdown ? 100 * ((changed == Change.Slower ? slowdown : 1 / slowdown) - 1) : null,
        };
    }

    /// <summary>The layers that take a good part of the time.</summary>
    private static TimeChange[] FindLasting(ImmutableArray<TimeChange> layers)
    {
        double least = Math.Max(LeastMilliseconds, LeastShare * layers.Sum(layer => layer.OldMilliseconds));
        return [.. layers.Where(layer => layer.OldMilliseconds > least && layer.NewMilliseconds > 0)];
    }

    /// <summary>How most of the time changed, which is the machine's.</summary>
    private static double? FindRest(TimeChange[] lasting)
    {
        double half = lasting.Sum(layer => layer.OldMilliseconds) / 2;
        double passed = 0;
        return lasting.OrderBy(layer => layer.Percent).FirstOrDefault(layer => (passed += layer.OldMilliseconds) >= half)?.Percent;
    }

    /// <summary>Whether it did what the rest did not: changed, or stayed as it was.</summary>
    private static bool StandsOut(TimeChange layer, double restPercent) => layer.Change != Change.NoDifference || Math.Abs(restPercent) > layer.NoisePercent;
}
