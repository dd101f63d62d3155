using System.Text.Json.Serialization;
using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>The time that something takes for one batch, what it does meanwhile, and what keeps it from being faster.</summary>
public abstract record WorkProfile
{
    /// <summary>What it is: a layer's name, a kernel's, a phase's.</summary>
    public required string Name { get; init; }

    /// <summary>Time for one batch, in milliseconds.</summary>
    [JsonPropertyName("ms")]
    public required double Milliseconds { get; init; }

    /// <summary>The median and the quartiles of that time over the batches measured.</summary>
    [JsonPropertyName("spread_ms")]
    public Spread Spread { get; init; }

    /// <summary>Its share of all layers' time, in percent.</summary>
    public double Percent { get; init; }

    /// <summary>Floating-point operations executed, in 10^9; a multiply-add counts as two.</summary>
    [JsonPropertyName("executed_gflop")]
    public double ExecutedGigaFlops { get; init; }

    /// <summary>Bytes read and written, in 10^9: feature maps, packed weights, and what phases leave for one another.</summary>
    [JsonPropertyName("gbytes")]
    public double GigaBytes { get; init; }

    /// <summary>Of these bytes those that come from memory or go there, because no cache has room for them from one use to the next, in 10^9; null where no peaks were measured to judge by.</summary>
    [JsonPropertyName("memory_gbytes")]
    public double? MemoryGigaBytes { get; init; }

    /// <summary>10^9 floating-point operations executed a second.</summary>
    [JsonPropertyName("executed_gflops_per_second")]
    public double ExecutedGigaFlopsPerSecond => PerSecond(ExecutedGigaFlops);

    /// <summary>10^9 bytes read and written a second.</summary>
    [JsonPropertyName("gbytes_per_second")]
    public double GigaBytesPerSecond => PerSecond(GigaBytes);

    /// <summary>Arithmetic intensity: operations executed for each byte read or written; 0 where no bytes are.</summary>
    public double Intensity => GigaBytes > 0 ? ExecutedGigaFlops / GigaBytes : 0;

    /// <summary>Operations executed as a share of the device's measured peak, in percent; null where no peak was measured.</summary>
    public double? PercentOfPeak { get; init; }

    /// <summary>The bytes that pass through memory (<see cref="MemoryGigaBytes"/>) as a share of its measured bandwidth, in percent; null where that was not measured.</summary>
    public double? PercentOfBandwidth { get; init; }

    /// <summary>What keeps it, or the longest of its phases, from being faster; null where nothing explains a quarter of the time, or no peaks were measured to judge by.</summary>
    public Limit? Limit { get; init; }

    /// <summary>What each thread did meanwhile; empty where the backend does not report it.</summary>
    public ImmutableArray<ThreadTimes> Threads { get; init; } = [];

    /// <summary>The processor's events meanwhile; null where they were not counted.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EventCounts? Counters { get; init; }

    private protected double PerSecond(double amount) => Milliseconds > 0 ? amount / Milliseconds * 1e3 : 0;
}

/// <summary>The median and the quartiles of times measured, in milliseconds; of fewer than four times the least and the most.</summary>
/// <param name="Low">The lower quartile.</param>
/// <param name="Median">The median.</param>
/// <param name="High">The upper quartile.</param>
public readonly record struct Spread(double Low, double Median, double High)
{
    /// <summary>Of fewer times there are no quartiles.</summary>
    public const int FewestForQuartiles = 4;

    /// <summary>The shortest of all; 0 where it is not known, as in what earlier versions wrote.</summary>
    public double Least { get; init; }

    /// <summary>The same of times that are so many times as long.</summary>
    internal Spread Times(double factor) => new(factor * Low, factor * Median, factor * High) { Least = factor * Least };

    /// <summary>Of times, in whatever order; between two of them interpolated.</summary>
    internal static Spread Of(IEnumerable<double> times)
    {
        double[] ascending = [.. times.Order()];
        bool hasQuartiles = ascending.Length >= FewestForQuartiles;
        return new Spread(
            Quantiles.Of(ascending, hasQuartiles ? 0.25 : 0), Quantiles.Of(ascending, 0.5), Quantiles.Of(ascending, hasQuartiles ? 0.75 : 1))
        {
            Least = ascending[0],
        };
    }
}

/// <summary>What a thread of a team did during a layer or a phase of one batch, in milliseconds.</summary>
/// <param name="Thread">Which thread: 0 is the one that called.</param>
/// <param name="BusyMilliseconds">Time on the share that was its own from the beginning.</param>
/// <param name="StolenMilliseconds">Time on work that it took from other threads' shares, its own done.</param>
/// <param name="WaitingMilliseconds">The rest: it waited for the others, or for its turn.</param>
public sealed record ThreadTimes(
    int Thread,
    [property: JsonPropertyName("busy_ms")] double BusyMilliseconds,
    [property: JsonPropertyName("stolen_ms")] double StolenMilliseconds,
    [property: JsonPropertyName("waiting_ms")] double WaitingMilliseconds);
