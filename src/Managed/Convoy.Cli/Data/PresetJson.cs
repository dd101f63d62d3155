using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Convoy.Cli.Data;

/// <summary>A preset that is written by hand as a JSON object: what is wrong with one is told by the field.</summary>
internal static class PresetJson
{
    private const int LongestValue = 60;

    /// <summary>The fields that may stand in it, with whether they must.</summary>
    public static IEnumerable<JsonPropertyInfo> Fields =>
        NotesJson.Default.ImagePreset.Properties.Where(each => each.Set is not null || each.AssociatedParameter is not null);

    /// <summary>What is wrong with it, as a part of a sentence; null where nothing is.</summary>
    public static string? FindFault(JsonElement preset)
    {
        foreach (JsonProperty member in preset.EnumerateObject())
        {
            if (Fields.FirstOrDefault(field => field.Name == member.Name) is not { } field)
            {
                return $"has no field '{Shorten(member.Name)}': it has {string.Join(", ", Fields.Select(each => each.Name))}";
            }

            if (!IsRead(member.Value, field))
            {
                return $"has {Shorten(member.Value.GetRawText())} for '{field.Name}', where {Expected(field.PropertyType)} should stand";
            }
        }

        return Fields.FirstOrDefault(field => field.IsRequired && !preset.TryGetProperty(field.Name, out _)) is { } missing
            ? $"lacks '{missing.Name}', {Expected(missing.PropertyType)}"
            : null;
    }

    private static bool IsRead(JsonElement value, JsonPropertyInfo field)
    {
        try
        {
            return value.ValueKind != JsonValueKind.Null && value.Deserialize(NotesJson.Default.Options.GetTypeInfo(field.PropertyType)) is not null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Expected(Type type) =>
        type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type)).ToLowerInvariant()}"
        : type == typeof(string) ? "a text"
        : type == typeof(int) ? "a whole number"
        : type == typeof(float) ? "a number"
        : type == typeof(bool) ? "true or false"
        : "an array with a number for each channel";

    private static string Shorten(string text) =>
        new([.. text.Take(LongestValue).Select(c => char.IsControl(c) ? ' ' : c), .. text.Length > LongestValue ? "..." : ""]);
}
