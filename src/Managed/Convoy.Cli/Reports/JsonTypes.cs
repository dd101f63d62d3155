using System.Text.Encodings.Web;
using System.Text.Json;

namespace Convoy.Cli.Reports;

/// <summary>The documents' types for <see cref="Output.JsonWriter"/>, with letters of every script left as they are.</summary>
internal static class JsonTypes
{
    /// <summary>For documents of several indented lines.</summary>
    public static ConvoyJson Indented { get; } = Create(isIndented: true);

    /// <summary>For documents on one line.</summary>
    public static ConvoyJson OneLine { get; } = Create(isIndented: false);

    private static ConvoyJson Create(bool isIndented) => new(new JsonSerializerOptions(ConvoyJson.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = isIndented,
    });
}
