using System.Text.Json;

namespace Convoy.Profiling.Pages;

/// <summary>Measurements of several combinations as a page: throughput against batch and threads, and latencies.</summary>
public static class BenchPage
{
    private static readonly string[] Charts = ["lines"];

    /// <summary>Writes the page, which needs no network: one HTML file with all that it shows.</summary>
    /// <param name="stream">Where to; it is left open.</param>
    /// <param name="json">What <c>convoy bench --output json</c> prints: an array of objects, in UTF-8. What an object lacks is left out.</param>
    /// <exception cref="InvalidDataException">It is no such array.</exception>
    public static void Write(Stream stream, ReadOnlyMemory<byte> json)
    {
        using JsonDocument figures = Parse(json);
        PageWriter.Write(stream, "Convoy bench", "bench", Charts, figures.WriteTo);
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Array
                && document.RootElement.EnumerateArray().All(each => each.ValueKind == JsonValueKind.Object))
            {
                return document;
            }

            document.Dispose();
            throw new InvalidDataException("A bench page is made of an array of objects, as 'convoy bench --output json' prints it; this JSON is something else.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"A bench page is made of what 'convoy bench --output json' prints; this is no JSON: {e.Message}", e);
        }
    }
}
