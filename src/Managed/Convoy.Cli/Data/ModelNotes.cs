using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Convoy.Files;
using Convoy.Imaging;
using Convoy.ModelFiles;

namespace Convoy.Cli.Data;

/// <summary>
/// What is noted with a model file of how to use it: the preset by which images become its input, and the names of its classes.
/// They stand in the file's own metadata ("preset", "labels"), or in a small JSON file beside it that has its name with .json
/// at the end and goes first: {"preset": "imagenet", "labels": "classes.txt"}, where a preset may be an object and labels an array,
/// too. Each is read when it is asked for: whoever needs none does not learn what is wrong with it.
/// </summary>
/// <param name="modelPath">The model file.</param>
/// <param name="metadata">Its metadata.</param>
internal sealed class ModelNotes(string modelPath, IReadOnlyDictionary<string, string> metadata)
{
    private const string PresetKey = "preset";
    private const string LabelsKey = "labels";
    private const string InMetadata = "the model's metadata";
    private const int MostFileBytes = 16 << 20;

    private readonly Lazy<NotesDocument> _document = new(() => Read(Path.ChangeExtension(modelPath, ".json")));

    private string Beside => Path.ChangeExtension(modelPath, ".json");

    /// <summary>The preset and where it stands; null where there is none.</summary>
    /// <exception cref="ModelFileException">It is there, but cannot be used.</exception>
    public (ImagePreset Preset, string Origin)? FindPreset() =>
        _document.Value.Preset is { } noted ? (ReadPreset(noted, Beside), Beside)
        : metadata.TryGetValue(PresetKey, out string? text) ? (ReadPreset(AsJson(text), modelPath), InMetadata)
        : null;

    /// <summary>The names of the classes and where they stand; null where there are none.</summary>
    /// <exception cref="ConvoyException">They are there, but cannot be used.</exception>
    public (ImmutableArray<string> Labels, string Origin)? FindLabels() =>
        _document.Value.Labels is { } noted ? (ReadLabels(noted, Beside), Beside)
        : metadata.TryGetValue(LabelsKey, out string? text) ? (SplitLabels(text, modelPath), InMetadata)
        : null;

    /// <summary>Preset and names as a model's metadata, which is read back to the same.</summary>
    public static Dictionary<string, string> ToMetadata(ImagePreset? preset, ImmutableArray<string> labels)
    {
        var metadata = new Dictionary<string, string>();
        if (preset is not null)
        {
            bool isNamed = ImagePreset.TryFind(preset.Name, out ImagePreset? named) && named == preset;
            metadata[PresetKey] = isNamed ? preset.Name : JsonSerializer.Serialize(preset, NotesJson.Default.ImagePreset);
        }

        if (!labels.IsEmpty)
        {
            string lines = string.Join('\n', labels);
            metadata[LabelsKey] = SplitLabels(lines, InMetadata).SequenceEqual(labels) ? lines : JsonSerializer.Serialize(labels, NotesJson.Default.ImmutableArrayString);
        }

        return metadata;
    }

    private static NotesDocument Read(string path)
    {
        if (!File.Exists(path))
        {
            return new NotesDocument();
        }

        try
        {
            return JsonSerializer.Deserialize(RegularFile.ReadAllBytes(path, MostFileBytes), NotesJson.Default.NotesDocument) ?? new NotesDocument();
        }
        catch (JsonException e)
        {
            throw new ModelFileException($"{path}, which stands beside the model, is no JSON object with a preset and labels; correct it, or move it away.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException($"{path}, which stands beside the model, cannot be read ({e.Message.TrimEnd('.')}); check its permissions.", e);
        }
    }

    private static ImagePreset ReadPreset(JsonElement preset, string path)
    {
        if (preset.ValueKind == JsonValueKind.String)
        {
            string name = TextOf(preset, path);
            return ImagePreset.TryFind(name, out ImagePreset? named)
                ? named
                : throw new ModelFileException(
                    $"The preset '{name}' of {path} is none of {string.Join(", ", ImagePreset.All.Select(each => each.Name))}; correct it, or give one with --preset.");
        }

        if (preset.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFileException($"The preset of {path} is neither a name nor an object in braces; correct it, or give one with --preset.");
        }

        try
        {
            return PresetJson.FindFault(preset) is { } fault
                ? throw new ModelFileException($"The preset of {path} {fault}; correct it, or give one with --preset.")
                : preset.Deserialize(NotesJson.Default.ImagePreset)!;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new ModelFileException($"The preset of {path} cannot be read; correct it, or give one with --preset.", e);
        }
    }

    private static ImmutableArray<string> ReadLabels(JsonElement labels, string path)
    {
        if (labels.ValueKind == JsonValueKind.String)
        {
            return ClassLabels.ReadLines(Path.Combine(Path.GetDirectoryName(path) ?? "", TextOf(labels, path)));
        }

        return labels.ValueKind == JsonValueKind.Array && AreTexts(labels)
            ? TextsOf(labels, path)
            : throw new ModelFileException($"The labels of {path} are neither the name of a file nor an array of texts; correct them, or give a file with --labels.");
    }

    /// <summary>Metadata is text: a JSON array, or a name a line, whatever the first begins with.</summary>
    private static ImmutableArray<string> SplitLabels(string text, string path) => AsJson(text) is { ValueKind: JsonValueKind.Array } labels && AreTexts(labels)
        ? TextsOf(labels, path)
        : ClassLabels.WithoutBlankEnd([.. text.Split('\n', StringSplitOptions.TrimEntries)]);

    private static bool AreTexts(JsonElement labels) => labels.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String);

    private static ImmutableArray<string> TextsOf(JsonElement labels, string path) => [.. labels.EnumerateArray().Select(each => TextOf(each, path))];

    private static string TextOf(JsonElement text, string path)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new ModelFileException($"A text of {path} that says how to use the model is none: it has half a character; correct it.", e);
        }
    }

    private static JsonElement AsJson(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, NotesJson.Default.JsonElement);
        }
        catch (JsonException)
        {
            // A bare word.
            return JsonSerializer.SerializeToElement(text.Trim(), NotesJson.Default.String);
        }
    }
}

/// <summary>The file beside a model.</summary>
internal sealed record NotesDocument(JsonElement? Preset = null, JsonElement? Labels = null);

[JsonSourceGenerationOptions(
    IgnoreReadOnlyProperties = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(NotesDocument))]
[JsonSerializable(typeof(ImagePreset))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(ImmutableArray<string>))]
internal sealed partial class NotesJson : JsonSerializerContext;
