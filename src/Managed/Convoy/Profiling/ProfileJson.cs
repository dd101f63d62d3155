using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>A profile as JSON, with names in snake case: what <c>convoy profile --output json</c> prints, a page shows and a comparison reads.</summary>
public static class ProfileJson
{
    private static readonly ProfileJsonContext Context = new(new JsonSerializerOptions(ProfileJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>How a profile is written, for those who write it themselves.</summary>
    public static JsonTypeInfo<NetworkProfile> TypeInfo => Context.NetworkProfile;

    /// <summary>Writes a profile as UTF-8.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    /// <param name="profile">The profile.</param>
    /// <exception cref="IOException">The stream cannot be written.</exception>
    public static void Write(Stream stream, NetworkProfile profile) => JsonSerializer.Serialize(stream, profile, TypeInfo);

    /// <summary>Reads a profile that <see cref="Write"/> or <c>convoy profile --output json</c> wrote, of this version or an earlier one.</summary>
    /// <param name="stream">Where from; it stays open.</param>
    /// <exception cref="InvalidDataException">It is no profile.</exception>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static NetworkProfile Read(Stream stream)
    {
        try
        {
            NetworkProfile? profile = JsonSerializer.Deserialize(stream, TypeInfo);
            return profile is null || profile.Layers.IsDefaultOrEmpty || profile.Layers.Any(layer => layer?.Name is null)
                ? throw new InvalidDataException("It has no layers.")
                : profile;
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(FormattableString.Invariant($"Line {e.LineNumber + 1} is not as a profile has it."), e);
        }
    }
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    Converters = [typeof(SnakeCaseEnumConverter<Bound>), typeof(SnakeCaseEnumConverter<Phase>), typeof(SnakeCaseEnumConverter<Change>)],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(NetworkProfile))]
[JsonSerializable(typeof(double[]))]
internal sealed partial class ProfileJsonContext : JsonSerializerContext;

/// <summary>Writes the values of an enumeration by their names.</summary>
internal sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;
