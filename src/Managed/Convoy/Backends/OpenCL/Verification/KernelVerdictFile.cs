using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Convoy.Backends.OpenCL.Verification;

/// <summary>
/// The verdicts on kernels, by device and driver, in the user's cache folder. Whatever is wrong with the file counts as nothing
/// there: the kernels are checked once more, and it is written over.
/// </summary>
internal sealed class KernelVerdictFile(string folder)
{
    /// <summary>The file's name in its folder.</summary>
    public const string FileName = "opencl-kernels.json";

    /// <summary>What it may have.</summary>
    public const int MostBytes = 16 << 20;

    // Those of drivers and kernels that are gone stay until others need the room.
    private const int MostDevices = 16;
    private const int MostVerdicts = 2048;

    private static readonly KernelVerdictJson Json = new(new JsonSerializerOptions(KernelVerdictJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Where it is.</summary>
    public string Location { get; } = Path.Combine(folder, FileName);

    /// <summary>The user's; null where CONVOY_CACHE is off or there is no place for it.</summary>
    public static KernelVerdictFile? FromEnvironment() =>
        CacheFolder.Find(Environment.GetEnvironmentVariable, CacheFolder.Drivers) is { } folder ? new(folder) : null;

    /// <summary>What is known of a device with its driver, the oldest first.</summary>
    public ImmutableArray<KernelVerdict> Read(string device) => ReadAll().FirstOrDefault(each => each.Device == device)?.Verdicts ?? [];

    /// <summary>Adds verdicts on a device to what other processes may have written meanwhile, where that is possible.</summary>
    public void Add(string device, IReadOnlyCollection<KernelVerdict> verdicts)
    {
        KernelVerdictsOfDevice[] all = ReadAll();
        var keys = verdicts.Select(each => each.Key).ToHashSet();
        KernelVerdict[] ofDevice =
        [
            .. all.Where(each => each.Device == device).SelectMany(each => each.Verdicts).Where(each => !keys.Contains(each.Key)),
            .. verdicts,
        ];
        KernelVerdictsOfDevice[] kept =
        [
            .. all.Where(each => each.Device != device).TakeLast(MostDevices - 1),
            new(device, [.. ofDevice.TakeLast(MostVerdicts)]),
        ];
        Try(() => CacheFile.Write(Location, JsonSerializer.SerializeToUtf8Bytes(kept, Json.KernelVerdictsOfDeviceArray)));
    }

    /// <summary>Keeps verdicts aside until they are added, the last of what this process may not survive, so that the next one takes them for true.</summary>
    /// <returns>To be disposed of where the process did survive; null where nothing can be kept.</returns>
    public BegunFile? Begin(string device, IReadOnlyCollection<KernelVerdict> verdicts) => BegunFile.Create(
        folder, JsonSerializer.SerializeToUtf8Bytes([new(device, [.. verdicts])], Json.KernelVerdictsOfDeviceArray));

    /// <summary>Adds what processes have left aside that did not survive.</summary>
    public void AddBegun() => Try(() => BegunFile.TakeLeft(folder, content =>
    {
        foreach (KernelVerdictsOfDevice each in Parse(content))
        {
            Add(each.Device, each.Verdicts);
        }
    }));

    private KernelVerdictsOfDevice[] ReadAll()
    {
        KernelVerdictsOfDevice[] all = [];
        Try(() => all = CacheFile.Read(Location, MostBytes) is { } file ? Parse(file) : []);
        return all;
    }

    /// <summary>The verdicts in a file; none where any is not as it should be.</summary>
    private static KernelVerdictsOfDevice[] Parse(byte[] content)
    {
        KernelVerdictsOfDevice[]? all = null;
        Try(() => all = JsonSerializer.Deserialize(content, Json.KernelVerdictsOfDeviceArray));
        return all is null || all.Any(each => each is null || each.Verdicts.IsDefault || each.Verdicts.Any(verdict => verdict is null)) ? [] : all;
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // The verdicts count for this process alone.
        }
    }
}

/// <summary>The verdicts on a device as they are kept.</summary>
/// <param name="Device">The device, with its driver's version.</param>
/// <param name="Verdicts">The verdicts, the oldest first.</param>
internal sealed record KernelVerdictsOfDevice(string Device, ImmutableArray<KernelVerdict> Verdicts);

/// <summary>How the file is read and written, without reflection.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(KernelVerdictsOfDevice[]))]
internal sealed partial class KernelVerdictJson : JsonSerializerContext;
