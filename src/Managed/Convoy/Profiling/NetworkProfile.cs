using System.Collections.Immutable;

namespace Convoy.Profiling;

/// <summary>Where a batch's time went, layer by layer.</summary>
/// <param name="Layers">The way in ("input"), the steps in the order they run, and the way out ("output").</param>
/// <param name="Images">Images in the batch.</param>
/// <param name="Batches">Batches measured.</param>
/// <param name="WallMilliseconds">Time for one batch by the wall clock: the median of the batches measured, and the one the rows are of.</param>
/// <param name="Peaks">What the machine can do at best; null where it was not measured.</param>
public sealed record NetworkProfile(
    ImmutableArray<LayerProfile> Layers, int Images, int Batches, double WallMilliseconds, MachinePeaks? Peaks)
{
    /// <summary>The layers' times together, in milliseconds; the rest of the wall clock's is between the steps.</summary>
    public double SumMilliseconds => Layers.Sum(layer => layer.Milliseconds);

    /// <summary>Images a second, by the wall clock.</summary>
    public double ImagesPerSecond => WallMilliseconds > 0 ? Images / WallMilliseconds * 1e3 : 0;

    /// <summary>A layer's share of the layers' time, in percent.</summary>
    public double PercentOfTime(LayerProfile layer) => SumMilliseconds > 0 ? 100 * layer.Milliseconds / SumMilliseconds : 0;

    /// <summary>A layer's arithmetic as a share of the machine's measured peak, in percent; null where no peak was measured.</summary>
    public double? PercentOfPeak(LayerProfile layer) => Peaks is { } peaks ? 100 * layer.GigaFlopsPerSecond / peaks.GigaFlopsPerSecond : null;
}
