using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>
/// The last verdict, in the user's cache folder. Whatever is wrong with the file counts as nothing there: the drivers are tried
/// once more, and it is written over.
/// </summary>
internal sealed class DriverVerdictFile(string folder)
{
    /// <summary>The file's name in its folder.</summary>
    public const string FileName = "opencl-drivers.json";

    /// <summary>What it may have.</summary>
    public const int MostBytes = 1 << 20;

    // The next try may find the machine less busy.
    private static readonly TimeSpan LifetimeOfHang = TimeSpan.FromDays(1);

    private static readonly VerdictJson Json = new(new JsonSerializerOptions(VerdictJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly string _path = Path.Combine(folder, FileName);

    /// <summary>The user's; null where CONVOY_CACHE is off or there is no place for it.</summary>
    public static DriverVerdictFile? FromEnvironment() =>
        CacheFolder.Find(Environment.GetEnvironmentVariable, CacheFolder.Drivers) is { } folder ? new(folder) : null;

    /// <summary>The verdict on a subject; null where there is none, or none that still holds.</summary>
    public DriverVerdict? Read(string[] subject)
    {
        DriverVerdictEntry? entry = null;
        Try(() => entry = CacheFile.Read(_path, MostBytes) is { } file ? JsonSerializer.Deserialize(file, Json.DriverVerdictEntry) : null);
        return entry is not null && entry.Subject.SequenceEqual(subject) && !(entry.Verdict.HasHang && DateTime.UtcNow - entry.Time > LifetimeOfHang)
            ? entry.Verdict
            : null;
    }

    /// <summary>Keeps a verdict where that is possible.</summary>
    public void Write(string[] subject, DriverVerdict verdict) =>
        Try(() => CacheFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(new(DateTime.UtcNow, verdict, subject), Json.DriverVerdictEntry)));

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // The verdict counts for this process alone.
        }
    }
}

/// <summary>A verdict as it is kept.</summary>
/// <param name="Time">When it was reached.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Subject">What it was reached on.</param>
internal sealed record DriverVerdictEntry(DateTime Time, DriverVerdict Verdict, string[] Subject);

/// <summary>How the file is read and written, without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(DriverVerdictEntry))]
internal sealed partial class VerdictJson : JsonSerializerContext;
