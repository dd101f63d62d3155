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
/// at the end: {"preset": "imagenet", "labels": "classes.txt"}, where a preset may be an object and labels an array, too.
/// </summary>
/// <param name="Preset">The preset, or null.</param>
/// <param name="Labels">The names, or none.</param>
/// <param name="Origin">Where they stand, as a sentence; null where there are none.</param>
internal sealed record ModelNotes(ImagePreset? Preset, ImmutableArray<string> Labels, string? Origin)
{
    /// <summary>The preset's name in a model's metadata.</summary>
    public const string PresetKey = "preset";

    /// <summary>The labels' name in a model's metadata.</summary>
    public const string LabelsKey = "labels";

    private const int MostFileBytes = 16 << 20;


    /// <summary>Finds what is noted; the file beside the model goes before its metadata.</summary>
    /// <exception cref="ModelFileException">It is there, but cannot be used.</exception>
    public static ModelNotes Find(string modelPath, IReadOnlyDictionary<string, string> metadata)
    {
        string beside = Path.ChangeExtension(modelPath, ".json");
        NotesDocument notes = File.Exists(beside) ? Read(beside) : new NotesDocument();
        ImagePreset? preset = notes.Preset is { } noted ? ReadPreset(noted, beside) : null;
        ImmutableArray<string> labels = notes.Labels is { } names ? ReadLabels(names, beside) : [];
        List<string> origins = [];
        if (preset is not null || !labels.IsEmpty)
        {
            origins.Add($"{Describe(preset, labels)} from {beside}");
        }

        ImagePreset? ownPreset = preset is null && metadata.TryGetValue(PresetKey, out string? text) ? ReadPreset(AsJson(text), modelPath) : null;
        ImmutableArray<string> ownLabels = labels.IsEmpty && metadata.TryGetValue(LabelsKey, out string? lines) ? SplitLabels(lines, modelPath) : [];
        if (ownPreset is not null || !ownLabels.IsEmpty)
        {
            origins.Add($"{Describe(ownPreset, ownLabels)} from the model's metadata");
        }

        string? origin = origins.Count == 0 ? null : $"{char.ToUpperInvariant(origins[0][0])}{string.Join(", ", origins)[1..]}.";
        return new ModelNotes(preset ?? ownPreset, labels.IsEmpty ? ownLabels : labels, origin);
    }

    private static string Describe(ImagePreset? preset, ImmutableArray<string> labels) => (preset, labels.IsEmpty) switch
    {
        ({ } both, false) => $"preset {both.Name} and labels",
        ({ } alone, true) => $"preset {alone.Name}",
        (null, _) => "labels",
    };

    private static NotesDocument Read(string path)
    {
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
            return ImagePreset.TryFind(preset.GetString()!, out ImagePreset? named)
                ? named
                : throw new ModelFileException(
                    $"The preset '{preset.GetString()}' of {path} is none of {string.Join(", ", ImagePreset.All.Select(each => each.Name))}; correct it, or give one with --preset.");
        }

        try
        {
            return preset.Deserialize(NotesJson.Default.ImagePreset)!;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new ModelFileException(
                $"The preset of {path} is neither a name nor an object with a name, an order (rgb, bgr, grey), a resize_short_side, a scale, means and deviations; correct it, or give one with --preset.", e);
        }
    }

    private static ImmutableArray<string> ReadLabels(JsonElement labels, string path)
    {
        if (labels.ValueKind == JsonValueKind.String)
        {
            return ClassLabels.ReadLines(Path.Combine(Path.GetDirectoryName(path) ?? "", labels.GetString()!));
        }

        return labels.ValueKind == JsonValueKind.Array && labels.EnumerateArray().All(each => each.ValueKind == JsonValueKind.String)
            ? [.. labels.EnumerateArray().Select(each => each.GetString()!)]
            : throw new ModelFileException($"The labels of {path} are neither the name of a file nor an array of texts; correct them, or give a file with --labels.");
    }

    /// <summary>Metadata is text: a JSON array, or a name a line.</summary>
    private static ImmutableArray<string> SplitLabels(string text, string path) => text.TrimStart().StartsWith('[')
        ? ReadLabels(AsJson(text), path)
        : [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

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
internal sealed partial class NotesJson : JsonSerializerContext;
