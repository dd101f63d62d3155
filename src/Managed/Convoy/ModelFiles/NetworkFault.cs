using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Convoy.Layers;
using Convoy.Weights;

namespace Convoy.ModelFiles;

/// <summary>
/// What is wrong with a network's JSON, for whoever wrote it by hand: the layer, the field, and what may stand there. It is asked
/// once the serializer has refused the file, whose own words are those of .NET's types.
/// </summary>
internal static class NetworkFault
{
    private const int LongestValue = 40;

    /// <summary>What may stand for a type.</summary>
    private static readonly Dictionary<Type, string> Descriptions = new()
    {
        [typeof(string)] = "a text",
        [typeof(int)] = "a whole number",
        [typeof(float)] = "a number",
        [typeof(bool)] = "true or false",
        [typeof(Extent2D)] = "a whole number, or two as [height, width]",
        [typeof(Padding)] = "a whole number, four as [top, left, bottom, right], \"same\" or \"same-lower\"",
        [typeof(Shape)] = "an array of whole numbers of at least 1, such as [3, 227, 227]",
        [typeof(ImmutableArray<float>)] = "an array of numbers",
        [typeof(ImmutableArray<string>)] = "an array of texts",
        [typeof(ImmutableArray<NetworkGraphNode>)] = "an array of nodes",
        [typeof(Layer)] = "an object with a type",
        [typeof(Activation)] = "an object with a kind, such as {\"kind\": \"relu\"}",
    };

    /// <summary>The first fault of a graph as a part of a sentence; null where none is found.</summary>
    public static string? Find(JsonElement graph) => FindIn(graph, typeof(NetworkGraph), "the graph");

    /// <summary>The fields that are read into a type.</summary>
    public static IEnumerable<JsonPropertyInfo> FieldsOf(Type type) =>
        NetworkJson.Options.GetTypeInfo(type).Properties.Where(field => field.AssociatedParameter is not null);

    private static string? FindIn(JsonElement value, Type type, string place)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return $"{place} is {Show(value)}, where an object in braces should stand";
        }

        JsonPropertyInfo[] fields = [.. FieldsOf(type)];
        foreach (JsonProperty member in value.EnumerateObject())
        {
            if (!fields.Any(field => field.Name == member.Name) && !(type.IsSubclassOf(typeof(Layer)) && member.Name == NetworkJson.TypeField))
            {
                string known = fields.Length == 0 ? "has none" : $"has {string.Join(", ", fields.Select(field => field.Name))}";
                return $"{place} has no field {WeightException.Quote(member.Name)}: it {known}";
            }
        }

        return fields.FirstOrDefault(field => field.IsRequired && !value.TryGetProperty(field.Name, out _)) is { } missing
            ? $"{place} lacks '{missing.Name}', {Expected(missing.PropertyType)}"
            : fields.Select(field => value.TryGetProperty(field.Name, out JsonElement member) ? FindInField(member, field, place) : null)
                .FirstOrDefault(fault => fault is not null);
    }

    private static string? FindInField(JsonElement value, JsonPropertyInfo field, string place)
    {
        if (field.PropertyType == typeof(ImmutableArray<NetworkGraphNode>) && value.ValueKind == JsonValueKind.Array)
        {
            return value.EnumerateArray().Select(FindInNode).FirstOrDefault(fault => fault is not null);
        }

        if (field.PropertyType == typeof(Layer))
        {
            return FindInLayer(value, place);
        }

        if (field.PropertyType == typeof(Activation) && value.ValueKind == JsonValueKind.Object)
        {
            return FindIn(value, typeof(Activation), $"the {field.Name} of {place}");
        }

        return IsRead(value, field) ? null : $"'{field.Name}' of {place} is {Show(value)}, where {Expected(field.PropertyType)} should stand";
    }

    private static string? FindInNode(JsonElement node, int index)
    {
        string place = node.ValueKind == JsonValueKind.Object && node.TryGetProperty("name", out JsonElement name) && name.ValueKind == JsonValueKind.String
            ? $"the node {WeightException.Quote(name.GetString()!)}"
            : FormattableString.Invariant($"node {index + 1:N0}");
        return node.ValueKind == JsonValueKind.Null ? null : FindIn(node, typeof(NetworkGraphNode), place);
    }

    private static string? FindInLayer(JsonElement layer, string place)
    {
        string words = string.Join(", ", NetworkJson.Layers.Select(each => each.Word));
        if (layer.ValueKind != JsonValueKind.Object)
        {
            return $"the layer of {place} is {Show(layer)}, where an object in braces should stand";
        }

        if (!layer.TryGetProperty(NetworkJson.TypeField, out JsonElement type))
        {
            return $"the layer of {place} lacks '{NetworkJson.TypeField}', one of {words}";
        }

        foreach ((Type known, string word) in NetworkJson.Layers)
        {
            if (type.ValueKind == JsonValueKind.String && type.GetString() == word)
            {
                return FindIn(layer, known, $"the {word} layer of {place}");
            }
        }

        return $"the type of the layer of {place} is {Show(type)}, which is none of {words}";
    }

    private static bool IsRead(JsonElement value, JsonPropertyInfo field)
    {
        try
        {
            bool mayBeNull = !field.PropertyType.IsValueType || Nullable.GetUnderlyingType(field.PropertyType) is not null;
            return (value.ValueKind != JsonValueKind.Null || (mayBeNull && field.IsSetNullable))
                && (value.Deserialize(NetworkJson.Options.GetTypeInfo(field.PropertyType)) is not null || mayBeNull);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Show(JsonElement value) =>
        value.GetRawText() is { Length: <= LongestValue } text && !text.Any(char.IsControl) ? text
        : value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.String => WeightException.Quote(value.GetString()!),
            _ => "a long number",
        };

    private static string Expected(Type type) =>
        Nullable.GetUnderlyingType(type) is { } underlying ? Expected(underlying)
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : Descriptions.TryGetValue(type, out string? description) ? description
        : throw new InvalidOperationException($"Nothing says how a {type.Name} is written in JSON.");
}
