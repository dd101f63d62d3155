using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>What a session's speed was measured to be.</summary>
internal sealed record BenchRun
{
    /// <summary>The first run after compiling.</summary>
    public required double FirstRunMilliseconds { get; init; }

    /// <summary>What warming up took after it.</summary>
    public required double WarmUpMilliseconds { get; init; }

    /// <summary>The measured runs, one batch alone each, in ascending order.</summary>
    public required double[] Milliseconds { get; init; }

    /// <summary>From one batch to the next where batches follow each other: the median of each slice, in the order they were measured.</summary>
    public required double[] SliceMilliseconds { get; init; }

    /// <summary>What memory was read at before each slice, in 10^9 bytes a second; empty where it was not read.</summary>
    public required double[] MemoryRates { get; init; }

    /// <summary>Where the time of such batches went, measured apart: listening is not free. Null where it did not come to that.</summary>
    public required StreamProfile? Phases { get; init; }

    /// <summary>What other processes took of the cores meanwhile, in percent; null where the system does not tell.</summary>
    public required double? OthersPercent { get; init; }

    /// <summary>True where the measured runs are fewer than asked for.</summary>
    public required bool IsInterrupted { get; init; }

    /// <summary>A quantile of the measured runs, interpolated: 0.5 is the median.</summary>
    public double Quantile(double quantile) => Quantiles.Of(Milliseconds, quantile);
}
