using System.Collections.Immutable;
using System.Globalization;
using Convoy.Profiling;

namespace Convoy.Cli.Reports;

/// <summary>What changed between two profiles, as a table.</summary>
internal static class ComparisonReport
{
    private static readonly ReportColumns<TimeChange> Columns = new ReportColumns<TimeChange>()
        .Words("layer", "layer", change => change.Name)
        .Number("old_ms", "before", "ms", change => Cell.Of(change.OldMilliseconds, 3))
        .Number("new_ms", "now", "ms", change => Cell.Of(change.NewMilliseconds, 3))
        .Number("percent", "change", "%", change => Cell.Of(change.Percent, 1), Priority.High)
        .Number("noise_percent", "noise", "%", change => Cell.Of(change.NoisePercent, 1), Priority.Low)
        .Words("change", "verdict", change => ChangeNames.Of(change), Priority.High);

    /// <summary>A row a layer, of medians.</summary>
    public static Report CreateReport(ProfileComparison comparison, NetworkProfile older, NetworkProfile newer)
    {
        Report report = Columns.CreateReport(comparison.Layers) with { Title = "Against the older profile:" };
        TimeChange whole = comparison.Whole;
        report.Total =
        [
            Cell.Of("batch"),
            Cell.Of(whole.OldMilliseconds, 3),
            Cell.Of(whole.NewMilliseconds, 3),
            Cell.Of(whole.Percent, 1),
            Cell.Of(whole.NoisePercent, 1),
            Cell.Of(ChangeNames.Of(whole)),
        ];
        report.Notes.AddRange(CreateNotes(comparison, older, newer));
        return report;
    }

    private static IEnumerable<string> CreateNotes(ProfileComparison comparison, NetworkProfile older, NetworkProfile newer)
    {
        if (comparison.StandingOut.Length > 0)
        {
            yield return FormattableString.Invariant(
                $"Changed otherwise than the rest ({comparison.RestPercent:+0.0;-0.0;0.0} %): {string.Join(", ", comparison.StandingOut)}.");
        }

        TimeChange[] explained = [.. comparison.Layers.Where(layer => layer.MachinePercent is not null)];
        if (explained.Length > 0)
        {
            yield return FormattableString.Invariant(
                $"Memory was read at {Quantiles.Median(older.MemoryGigaBytesPerSecond):F1} GB/s before, and at {Quantiles.Median(newer.MemoryGigaBytesPerSecond):F1} now, which explains {string.Join(", ", explained.Select(DescribeMachine))}.");
        }

        if (Math.Min(older.Batches, newer.Batches) < Spread.FewestForQuartiles)
        {
            yield return FormattableString.Invariant(
                $"Measured too briefly to compare: {older.Batches:N0} runs before and {newer.Batches:N0} now, where a spread takes {Spread.FewestForQuartiles}; measure more of them (--runs).");
        }

        foreach ((string which, ImmutableArray<string> layers) in new[] { ("the older", comparison.OnlyOld), ("the newer", comparison.OnlyNew) })
        {
            if (layers.Length > 0)
            {
                yield return $"Only {which} profile has: {string.Join(", ", layers)}.";
            }
        }

        (string What, string Old, string New)[] settings =
        [
            ("device", older.Device, newer.Device),
            ("precision", older.Precision, newer.Precision),
            ("threads", Number(older.Threads), Number(newer.Threads)),
            ("processor", older.MeasuredOn?.Processor ?? "unknown", newer.MeasuredOn?.Processor ?? "unknown"),
        ];
        foreach ((string what, string before, string now) in settings.Where(each => each.Old != each.New))
        {
            yield return $"Measured otherwise: {what} {before} before, {now} now.";
        }
    }

    private static string DescribeMachine(TimeChange layer) =>
        FormattableString.Invariant($"{(layer.IsMachine ? "" : "a part of ")}{layer.Name} (up to {layer.MachinePercent:+0.0;-0.0} %)");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
