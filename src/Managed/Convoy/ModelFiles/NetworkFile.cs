using System.Text;
using System.Text.Json;

namespace Convoy.ModelFiles;

/// <summary>
/// A network as JSON, without weights: an object whose "graph" has the network's name, its nodes (each with a name, the names it
/// reads, and its layer with its parameters), and its outputs. What else the object has is passed over.
/// </summary>
public sealed class NetworkFile : IModelFormat
{
    private const long MostBytes = 64 << 20;

    /// <inheritdoc/>
    public string Name => "a network's JSON";

    /// <summary>The network as an element of a JSON document: what belongs under "graph".</summary>
    public static JsonElement Describe(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return JsonSerializer.SerializeToElement(NetworkGraph.Of(network), NetworkJson.Graph);
    }

    /// <summary>A network as a model without weights, whose input and outputs have the names and shapes that the network has for them.</summary>
    public static ModelFile Of(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return new ModelFile
        {
            Network = network,
            Inputs = [new ModelPort(network.Input.Name, network.Input.Shape.Extents)],
            Outputs = [.. network.Outputs.Select(output => new ModelPort(output.Name, output.Shape.Extents))],
        };
    }

    /// <inheritdoc/>
    public bool Recognizes(ReadOnlySpan<byte> start, long length)
    {
        ReadOnlySpan<byte> text = start.StartsWith(Encoding.UTF8.Preamble) ? start[Encoding.UTF8.Preamble.Length..] : start;
        return text.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }

    /// <inheritdoc/>
    public ModelFile Load(string path, ModelFileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using FileStream file = ModelFormats.Open(path, MostBytes);
        ModelFile model = Of(Read(file, path));
        options.ThrowIfUnlike(path, model.Inputs);
        return model;
    }

    private static Network Read(FileStream file, string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(file, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("graph", out JsonElement graph)
                ? Read(graph, path).ToNetwork()
                : throw new ModelFileException($"{path} has no \"graph\", as a network's JSON has; 'convoy describe lenet5 --output json' shows one.");
        }
        catch (JsonException e)
        {
            string line = e.LineNumber is { } number ? FormattableString.Invariant($", line {number + 1:N0}") : "";
            throw new ModelFileException($"{path}{line}: this is no JSON ({Shorten(e.Message)}); correct it.", e);
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFileException($"{path} has half a character in one of its texts; correct it.", e);
        }
        catch (NetworkException e)
        {
            throw new ModelFileException($"{path}: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new ModelFileException($"The model {path} cannot be read ({e.Message.TrimEnd('.')}); check the disk.", e);
        }
    }

    private static NetworkGraph Read(JsonElement graph, string path)
    {
        try
        {
            return NetworkDefaults.Fill(graph).Deserialize(NetworkJson.Graph)!;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            string fault = NetworkFault.Find(graph) ?? $"its graph is no network ({Shorten(e.Message)})";
            throw new ModelFileException($"{path}: {fault}; correct it.", e);
        }
    }

    /// <summary>The message without the place that the parser repeats at its end.</summary>
    private static string Shorten(string message)
    {
        int place = message.IndexOf(" Path: ", StringComparison.Ordinal);
        place = place < 0 ? message.IndexOf(" LineNumber: ", StringComparison.Ordinal) : place;
        return new string([.. (place < 0 ? message : message[..place]).TrimEnd('.').Where(c => !char.IsControl(c))]);
    }
}
