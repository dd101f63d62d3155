using System.Text.Json;
using System.Text.RegularExpressions;
using static Convoy.Weights.WeightException;

namespace Convoy.Weights.Formats.Keras;

/// <summary>A layer as a configuration has it.</summary>
/// <param name="Name">Its own name, unique within its model.</param>
/// <param name="Class">What it is: "Conv2D".</param>
/// <param name="Settings">Its settings.</param>
/// <param name="Nodes">For each time that it is used, the layers that it reads.</param>
/// <param name="Model">The model that it is, where it is one.</param>
/// <param name="Problem">Why it is not known what it reads, as the end of a sentence; null where it is.</param>
internal sealed record KerasLayer(
    string Name, string Class, JsonElement Settings, ImmutableArray<ImmutableArray<string>> Nodes, KerasConfiguration? Model, string? Problem)
{
    /// <summary>What its name is in a network, in which there are no models within models.</summary>
    public string NodeName { get; set; } = Name;
}

/// <summary>
/// A model's configuration, as Keras 2 and 3 write it in JSON: its layers, and which reads which. What the layers compute is not
/// looked at here; weights need to know of them what their variables are.
/// </summary>
internal sealed partial class KerasConfiguration
{
    private const int DeepestNest = 128;

    private readonly string _source;

    private KerasConfiguration(string source, JsonElement model)
    {
        _source = source;
        Class = Text(model, "class_name") ?? throw Fault("its configuration names no class of model");
        JsonElement settings = Member(model, "config") ?? throw Fault("its configuration has no layers");
        IsSequential = Class == "Sequential";
        Name = Text(settings, "name") ?? (IsSequential ? "sequential" : "model");

        // Up to Keras 2.2, a sequential model's settings are its layers.
        JsonElement layers = settings.ValueKind == JsonValueKind.Array ? settings
            : Member(settings, "layers") is { ValueKind: JsonValueKind.Array } found ? found
            : throw Fault($"its configuration is of a '{Class}' without a list of layers, but only sequential and functional models are read");
        Layers = [.. layers.EnumerateArray().Select(ReadLayer)];
        string? twice = Layers.GroupBy(layer => layer.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
        if (twice is not null)
        {
            throw Fault($"its configuration has two layers named {Quote(twice)}");
        }

        Inputs = ReadEnds(settings, "input_layers");
        Outputs = ReadEnds(settings, "output_layers");
        BuildShape = Member(settings, "build_input_shape")
            ?? (Member(model, "build_config") is { } build ? Member(build, "input_shape") : null);
    }

    /// <summary>The model's class: "Sequential", "Functional", or "Model" as it was called once.</summary>
    public string Class { get; }

    /// <summary>Whether each layer reads the one before it.</summary>
    public bool IsSequential { get; }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    /// <summary>Its layers, in its order.</summary>
    public ImmutableArray<KerasLayer> Layers { get; }

    /// <summary>Of a functional model: the layers through which data enters.</summary>
    public ImmutableArray<string> Inputs { get; }

    /// <summary>Of a functional model: the layers whose results it gives.</summary>
    public ImmutableArray<string> Outputs { get; }

    /// <summary>The input's shape, where it stands with the model.</summary>
    public JsonElement? BuildShape { get; }

    /// <summary>All layers, those of models within the model in their place.</summary>
    public IEnumerable<KerasLayer> AllLayers => Layers.SelectMany(layer => layer.Model is { } model ? model.AllLayers : [layer]);

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The text.</param>
    /// <param name="source">The file, as sentences name it.</param>
    /// <exception cref="WeightException">It is none.</exception>
    public static KerasConfiguration Parse(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            ReadTexts(json.Span);

            // The settings outlive the document.
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = DeepestNest });
            var configuration = new KerasConfiguration(source, document.RootElement.Clone());
            configuration.NameNodes();
            return configuration;
        }
        catch (JsonException e)
        {
            throw Unreadable(source, $"its configuration is no JSON, or is nested more than {DeepestNest} deep", e);
        }
        catch (InvalidOperationException e)
        {
            throw Unreadable(source, "its configuration holds a text that is none", e);
        }
    }

    /// <summary>Meets what is no text, invalid UTF-8 and half characters, here and not where each is used.</summary>
    private static void ReadTexts(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DeepestNest });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
            {
                _ = reader.GetString();
            }
        }
    }

    /// <summary>The names under which Keras 3 saves the layers of a container: their classes', numbered where there are several.</summary>
    public IEnumerable<(string Name, KerasLayer Layer)> NameForSaving()
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (KerasLayer layer in Layers)
        {
            if (IsSequential && layer.Class == "InputLayer")
            {
                continue;
            }

            string name = ToSnakeCase(layer.Class);
            int before = counts.GetValueOrDefault(name);
            counts[name] = before + 1;
            yield return (NumberForSaving(name, before), layer);
        }
    }

    /// <summary>The name of a layer of a class, of which there are others before it.</summary>
    public static string NumberForSaving(string type, int before) => before == 0 ? type : FormattableString.Invariant($"{type}_{before}");

    /// <summary>A setting; null where there is none, or where it is null.</summary>
    public static JsonElement? Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null
            ? member
            : null;

    /// <summary>A setting that is a text; null where there is none.</summary>
    public static string? Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>"BatchNormalization" as "batch_normalization", by the rule of keras.src.utils.naming.</summary>
    public static string ToSnakeCase(string name) =>
        HumpAfterCapital().Replace(HumpBeforeWord().Replace(name, "$1_$2"), "$1_$2").ToLowerInvariant();

    [GeneratedRegex("(.)([A-Z][a-z]+)")]
    private static partial Regex HumpBeforeWord();

    [GeneratedRegex("([a-z])([A-Z])")]
    private static partial Regex HumpAfterCapital();

    private KerasLayer ReadLayer(JsonElement layer)
    {
        string type = Text(layer, "class_name") ?? throw Fault("its configuration has a layer without a class");
        JsonElement settings = Member(layer, "config") ?? default;
        KerasConfiguration? model = type is "Sequential" or "Functional" or "Model" ? new KerasConfiguration(_source, layer) : null;
        string name = Text(layer, "name") ?? Text(settings, "name") ?? model?.Name
            ?? throw Fault($"its configuration has a layer of the class {Quote(type)} without a name");
        ImmutableArray<ImmutableArray<string>?> nodes = Member(layer, "inbound_nodes") is { ValueKind: JsonValueKind.Array } found
            ? [.. found.EnumerateArray().Select(ReadNode)]
            : [];
        string? problem = nodes.Any(node => node is null) ? "reads what is not the one result of another layer" : null;
        return new KerasLayer(name, type, settings, [.. nodes.Select(node => node ?? [])], model, problem);
    }

    /// <summary>
    /// What a layer reads once, or null: in Keras 2 a list of [layer, node, tensor, arguments]; in Keras 3 an object whose "args"
    /// have tensors, each with its "keras_history".
    /// </summary>
    private static ImmutableArray<string>? ReadNode(JsonElement node)
    {
        IEnumerable<JsonElement> tensors = node.ValueKind == JsonValueKind.Array
            ? IsTensor(node) ? [node] : node.EnumerateArray()
            : Member(node, "args") is { ValueKind: JsonValueKind.Array } arguments
                ? arguments.EnumerateArray().SelectMany(Unwrap).Select(FindHistory)
                : [];
        string?[] inputs = [.. tensors.Select(ReadTensor)];
        return Array.TrueForAll(inputs, input => input is not null) ? [.. inputs.OfType<string>()] : null;

        static IEnumerable<JsonElement> Unwrap(JsonElement argument) =>
            argument.ValueKind == JsonValueKind.Array ? argument.EnumerateArray() : [argument];

        static JsonElement FindHistory(JsonElement argument) =>
            Member(argument, "config") is { } tensor && Member(tensor, "keras_history") is { } history ? history : default;
    }

    private ImmutableArray<string> ReadEnds(JsonElement settings, string name)
    {
        if (Member(settings, name) is not { ValueKind: JsonValueKind.Array } ends)
        {
            return [];
        }

        return
        [
            .. (IsTensor(ends) ? [ends] : (IEnumerable<JsonElement>)ends.EnumerateArray())
                .Select(end => ReadTensor(end) ?? throw Fault($"its configuration's {name} are not understood")),
        ];
    }

    private static bool IsTensor(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() > 0 && element[0].ValueKind == JsonValueKind.String;

    /// <summary>The layer in [layer, node, tensor], of which the first result alone is one that there is.</summary>
    private static string? ReadTensor(JsonElement element) =>
        IsTensor(element) && (element.GetArrayLength() < 3 || IsZero(element[2])) ? element[0].GetString() : null;

    private static bool IsZero(JsonElement element) => element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int number) && number == 0;

    /// <summary>Layers of models within the model keep their names, unless another has it already.</summary>
    private void NameNodes()
    {
        // A layer that is a model has no node, so that its name is free.
        var taken = new HashSet<string>(Layers.Where(layer => layer.Model is null).Select(layer => layer.Name), StringComparer.Ordinal);
        foreach (KerasLayer outer in Layers)
        {
            foreach (KerasLayer inner in outer.Model?.AllLayers ?? [])
            {
                for (int number = 1; !taken.Add(inner.NodeName); number++)
                {
                    inner.NodeName = number == 1 ? $"{outer.Name}/{inner.Name}" : $"{outer.Name}/{inner.Name}_{number}";
                }
            }
        }
    }

    private WeightException Fault(string problem) => Unreadable(_source, problem);
}
