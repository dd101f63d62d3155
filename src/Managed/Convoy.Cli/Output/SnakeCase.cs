using System.Text.Json;
using System.Text.Json.Serialization;

namespace Convoy.Cli.Output;

/// <summary>How the values of enumerations are named to programs: "no_loader".</summary>
internal static class SnakeCase
{
    /// <summary>A value's name.</summary>
    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}

/// <summary>Writes the values of an enumeration by their names.</summary>
internal sealed class SnakeCaseConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;
