using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Convoy.Backends.Native;

/// <summary>
/// A JSON file of measured times by layer and algorithm. It is replaced as a whole: the worst that processes do which write at
/// once is to forget what another added. What is wrong with it counts as nothing there, and is written over.
/// </summary>
internal sealed class TuningFile(string path)
{
    /// <summary>What the file may have, some ten thousands of layers; a larger one counts as nothing there.</summary>
    public const int MaximumBytes = 16 << 20;

    private static readonly TuningJson Json = new(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>Everything in the file: milliseconds by algorithm, by layer.</summary>
    public Dictionary<string, Dictionary<string, double>> Read()
    {
        Dictionary<string, Dictionary<string, double>>? all = null;
        Try(() => all = CacheFile.Read(path, MaximumBytes) is { } bytes ? JsonSerializer.Deserialize(bytes, Json.Times) : null);

        // A number beyond a double's range is read as infinite, and JSON has no word to write that again.
        return all is not null && all.Values.All(times => times is null || times.Values.All(double.IsFinite)) ? all : [];
    }

    /// <summary>Adds a layer to what is there.</summary>
    public void Add(string layer, Dictionary<string, double> times)
    {
        Dictionary<string, Dictionary<string, double>> all = Read();
        all[layer] = times;
        Try(() => CacheFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(all, Json.Times)));
    }

    /// <summary>Does something to the file, unless the file or the system is not of that mind.</summary>
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            // The cache is done without; doctor tells why.
        }
    }
}

/// <summary>How the file is read and written, without reflection.</summary>
[JsonSerializable(typeof(Dictionary<string, Dictionary<string, double>>), TypeInfoPropertyName = "Times")]
internal sealed partial class TuningJson : JsonSerializerContext;
