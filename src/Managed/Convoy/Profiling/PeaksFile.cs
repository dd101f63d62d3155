using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>
/// A JSON file of measured peaks by what they depend on, in the user's cache folder beside the tuning cache. It is replaced as a
/// whole: the worst that processes do which write at once is to forget what another added. What is wrong with it counts as
/// nothing there, and is written over.
/// </summary>
internal sealed class PeaksFile(string path)
{
    /// <summary>The file's name in the cache folder.</summary>
    public const string FileName = "peaks.json";

    /// <summary>What the file may have; a larger one counts as nothing there.</summary>
    public const int MaximumBytes = 1 << 20;

    // A machine has a few devices; of drivers and libraries that have been replaced, some hundreds are enough to remember.
    private const int MostEntries = 256;

    // 10^18 of anything a second, which is beyond any one device.
    private const double Largest = 1e9;

    private static readonly PeaksJson Json = new(new JsonSerializerOptions(PeaksJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The user's; null where CONVOY_CACHE is off or there is no place for it.</summary>
    public static PeaksFile? FromEnvironment() =>
        CacheFolder.Find(Environment.GetEnvironmentVariable, CacheFolder.Tuning) is { } folder ? new PeaksFile(Path.Combine(folder, FileName)) : null;

    /// <summary>The peaks of a key; null where there are none that can be.</summary>
    public DevicePeaks? Read(string key) => ReadAll().GetValueOrDefault(key);

    /// <summary>Adds peaks to what is there.</summary>
    /// <param name="key">Their key.</param>
    /// <param name="peaks">The peaks.</param>
    /// <param name="replaces">Whether those of the same key give way to them; else of each figure the better is kept.</param>
    public void Add(string key, DevicePeaks peaks, bool replaces)
    {
        Dictionary<string, DevicePeaks> all = ReadAll();
        if (all.Count >= MostEntries)
        {
            all.Clear();
        }

        all[key] = replaces || all.GetValueOrDefault(key) is not { } older ? peaks : DevicePeaks.BestOf(older, peaks);
        Try(() => CacheFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(all, Json.Peaks)));
    }

    /// <summary>True of figures that a device may have.</summary>
    private static bool CanBe(DevicePeaks? peaks) => peaks is { Threads: > 0, CacheBytes: >= 0, Problems.IsDefault: false }
        && new[]
        {
            peaks.GigaFlopsPerSecond, peaks.GigaBytesPerSecond, peaks.HalfGigaFlopsPerSecond, peaks.CacheGigaBytesPerSecond,
            peaks.UploadGigaBytesPerSecond, peaks.DownloadGigaBytesPerSecond, peaks.LaunchMicroseconds, peaks.ShortestMicroseconds,
        }.All(each => each is null or (> 0 and < Largest))
        && peaks.OtherProcessesPercent is null or (>= 0 and < CoreUse.BusyPercent);

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // The cache is done without; doctor reports why.
        }
    }

    private Dictionary<string, DevicePeaks> ReadAll()
    {
        Dictionary<string, DevicePeaks>? all = null;
        Try(() => all = CacheFile.Read(path, MaximumBytes) is { } bytes ? JsonSerializer.Deserialize(bytes, Json.Peaks) : null);
        return all?.Where(each => CanBe(each.Value)).ToDictionary() ?? [];
    }
}

/// <summary>How the file is read and written, without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(Dictionary<string, DevicePeaks>), TypeInfoPropertyName = "Peaks")]
[JsonSerializable(typeof(PeakMessage))]
[JsonSerializable(typeof(PeakProgress))]
internal sealed partial class PeaksJson : JsonSerializerContext;
