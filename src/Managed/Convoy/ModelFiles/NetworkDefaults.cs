using System.Text.Json;
using System.Text.Json.Nodes;
using Convoy.Layers;

namespace Convoy.ModelFiles;

/// <summary>
/// What a network that is written by hand may leave out beyond the defaults that the records have themselves: it is then as
/// <see cref="NetworkBuilder"/> and <see cref="Activation"/> have it.
/// </summary>
internal static class NetworkDefaults
{
    /// <summary>A number for each field of a layer.</summary>
    public static ImmutableArray<(Type Layer, string Field, int Value)> Fields { get; } =
    [
        (typeof(Convolution2D), "stride", 1),
        (typeof(Convolution2D), "padding", 0),
        (typeof(Convolution2D), "dilation", 1),
        (typeof(Pool2D), "padding", 0),
    ];

    /// <summary>The functions whose parameters may be left out, all or one.</summary>
    public static ImmutableArray<Activation> Functions { get; } =
        [Activation.LeakyRelu(), Activation.Clip(float.NegativeInfinity, float.PositiveInfinity), Activation.HardSigmoid(), Activation.Elu(), Activation.Selu()];

    /// <summary>What a field is where it is left out; null where the layer's record decides.</summary>
    public static int? Find(Type layer, string field)
    {
        foreach ((Type type, string name, int value) in Fields)
        {
            if (type == layer && name == field)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>A graph with its defaults filled in. What is no graph stays as it is.</summary>
    public static JsonNode? Fill(JsonElement graph)
    {
        if (graph.ValueKind != JsonValueKind.Object)
        {
            return graph.ValueKind == JsonValueKind.Array ? JsonArray.Create(graph) : JsonValue.Create(graph);
        }

        var filled = JsonObject.Create(graph)!;
        foreach (JsonNode? node in filled["nodes"] as JsonArray ?? [])
        {
            if ((node as JsonObject)?["layer"] is JsonObject layer)
            {
                FillLayer(layer);
            }
        }

        return filled;
    }

    private static void FillLayer(JsonObject layer)
    {
        string? word = TextOf(layer[NetworkJson.TypeField]);
        foreach ((Type type, string name, int value) in Fields)
        {
            if (NetworkJson.WordOf(type) == word && !layer.ContainsKey(name))
            {
                layer.Add(name, value);
            }
        }

        if (layer["function"] is JsonObject function
            && Enum.TryParse(TextOf(function["kind"]), ignoreCase: true, out ActivationKind kind)
            && Functions.FirstOrDefault(each => each.Kind == kind) is { Kind: not ActivationKind.None } known)
        {
            function.TryAdd("alpha", AsJson(known.Alpha));
            function.TryAdd("beta", AsJson(known.Beta));
        }
    }

    // Infinities have names, by the serializer's options.
    private static JsonNode? AsJson(float value) => JsonSerializer.SerializeToNode(value, NetworkJson.Options.GetTypeInfo(typeof(float)));

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
