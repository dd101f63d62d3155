namespace Convoy.Cli.Commands;

/// <summary>What one measurement of a bench is made with.</summary>
internal sealed record BenchCombination(Device Device, SessionOptions Options)
{
    /// <summary>For people: "native, fp32, 2 threads, batch 64".</summary>
    public override string ToString()
    {
        string precision = PrecisionNames.All.First(each => each.Value == Options.WeightPrecision).Name;
        string threads = Options.Threads == 0 ? "" : $"{Counted.Of(Options.Threads, "thread")}, ";
        return FormattableString.Invariant($"{Device}, {precision}, {threads}batch {Options.BatchSize}");
    }
}
