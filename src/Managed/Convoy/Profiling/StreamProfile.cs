namespace Convoy.Profiling;

/// <summary>Where the time of a batch goes when batches follow each other, with as many under way as the device takes.</summary>
/// <param name="BatchesInFlight">Batches under way at once.</param>
/// <param name="UploadMilliseconds">A batch's time from the caller's memory to the device's, by the device's clock.</param>
/// <param name="ComputeMilliseconds">A batch's time in the steps, by the device's clock.</param>
/// <param name="DownloadMilliseconds">A batch's time from the device's memory to the caller's, by the device's clock.</param>
/// <param name="OverlappedMilliseconds">How much of a batch's upload and download ran while another batch computed.</param>
/// <param name="WallMilliseconds">Time from one answer to the next, by the wall clock.</param>
public sealed record StreamProfile(
    int BatchesInFlight,
    double UploadMilliseconds,
    double ComputeMilliseconds,
    double DownloadMilliseconds,
    double OverlappedMilliseconds,
    double WallMilliseconds)
{
    /// <summary>Time in transfers, beside computing or not.</summary>
    public double TransferMilliseconds => UploadMilliseconds + DownloadMilliseconds;
}
