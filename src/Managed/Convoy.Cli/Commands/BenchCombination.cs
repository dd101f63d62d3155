using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary>What one measurement of a bench is made with.</summary>
internal sealed record BenchCombination(Device Device, SessionOptions Options)
{
    /// <summary>For people, as results are named, without the network: "native, fp32, 2 threads, batch 64".</summary>
    public override string ToString() =>
        new BenchKey("", Device.Name, PrecisionNames.All.First(each => each.Value == Options.WeightPrecision).Name, Options.BatchSize, Options.Threads).ToString();
}
