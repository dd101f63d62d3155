using System.Text.Json.Serialization;

namespace Convoy.Profiling;

/// <summary>Where the time of a batch goes when batches follow each other, with as many under way as the device takes; times are in milliseconds.</summary>
/// <param name="BatchesInFlight">Batches under way at once.</param>
/// <param name="TransfersBatches">
/// True where batches are transferred between the host's memory and the device's own; false where the device works in the
/// host's, where upload and download are little more than changes of layout, and take their turn among the steps.
/// </param>
/// <param name="UploadMilliseconds">A batch's time from the caller's memory to the device's, by the device's clock.</param>
/// <param name="ComputeMilliseconds">A batch's time in the steps, by the device's clock.</param>
/// <param name="DownloadMilliseconds">A batch's time from the device's memory to the caller's, by the device's clock.</param>
/// <param name="OverlappedMilliseconds">How much of a batch's upload and download ran while another batch computed.</param>
/// <param name="WallMilliseconds">Time from one result to the next, by the wall clock.</param>
public sealed record StreamProfile(
    int BatchesInFlight,
    bool TransfersBatches,
    [property: JsonPropertyName("upload_ms")] double UploadMilliseconds,
    [property: JsonPropertyName("compute_ms")] double ComputeMilliseconds,
    [property: JsonPropertyName("download_ms")] double DownloadMilliseconds,
    [property: JsonPropertyName("overlapped_ms")] double OverlappedMilliseconds,
    [property: JsonPropertyName("wall_ms")] double WallMilliseconds)
{
    /// <summary>The batches as they passed, one beside another.</summary>
    public Timeline Timeline { get; init; } = new([], []);

    /// <summary>What is wrong with the times that the device's driver gives, in a sentence, so that only the wall clock's counts; null where nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TimesProblem { get; init; }

    /// <summary>Time in transfers, in milliseconds, beside computing or not.</summary>
    [JsonPropertyName("transfer_ms")]
    public double TransferMilliseconds => UploadMilliseconds + DownloadMilliseconds;
}
