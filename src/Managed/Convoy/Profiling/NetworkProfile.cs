namespace Convoy.Profiling;

/// <summary>Where a batch's time went, layer by layer.</summary>
/// <param name="Layers">The way in ("input"), the steps in the order they run, and the way out ("output").</param>
/// <param name="Images">Images in the batch.</param>
/// <param name="Batches">Batches measured.</param>
/// <param name="BusyMilliseconds">Time for one batch in which something ran: the layers' together, but once where transfers ran beside kernels.</param>
/// <param name="WallMilliseconds">Time for one batch by the wall clock: the median of the batches measured, and the one the rows are of.</param>
/// <param name="Peaks">What the machine can do at best; null where it was not measured.</param>
public sealed record NetworkProfile(
    ImmutableArray<LayerProfile> Layers, int Images, int Batches, double BusyMilliseconds, double WallMilliseconds, MachinePeaks? Peaks)
{
    /// <summary>The layers' times together, in milliseconds.</summary>
    public double SumMilliseconds => Layers.Sum(layer => layer.Milliseconds);

    /// <summary>The rest of the wall clock's time, in milliseconds: nothing ran, or only the host did.</summary>
    public double GapMilliseconds => WallMilliseconds - BusyMilliseconds;

    /// <summary>Time from the caller's memory to the device's, in milliseconds: the row of the way in.</summary>
    public double UploadMilliseconds => Layers[0].Milliseconds;

    /// <summary>Time the steps took, in milliseconds.</summary>
    public double ComputeMilliseconds => SumMilliseconds - UploadMilliseconds - DownloadMilliseconds;

    /// <summary>Time from the device's memory to the caller's, in milliseconds: the row of the way out.</summary>
    public double DownloadMilliseconds => Layers[^1].Milliseconds;

    /// <summary>Images a second, by the wall clock.</summary>
    public double ImagesPerSecond => WallMilliseconds > 0 ? Images / WallMilliseconds * 1e3 : 0;

    /// <summary>A layer's share of the layers' time, in percent.</summary>
    public double PercentOfTime(LayerProfile layer) => SumMilliseconds > 0 ? 100 * layer.Milliseconds / SumMilliseconds : 0;

    /// <summary>A layer's arithmetic as a share of the machine's measured peak, in percent; null where no peak was measured.</summary>
    public double? PercentOfPeak(LayerProfile layer) => Peaks is { } peaks ? 100 * layer.GigaFlopsPerSecond / peaks.GigaFlopsPerSecond : null;
}
