using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Convoy.Cli.Output;

/// <summary>
/// Writes JSON documents. JSON has no NaN and no infinity: such numbers become the strings "NaN", "Infinity" and "-Infinity".
/// </summary>
internal static class JsonWriter
{
    /// <summary>Writes a document and a line's end.</summary>
    public static void Write<T>(TextWriter writer, T document, JsonTypeInfo<T> type)
    {
        writer.Write(JsonSerializer.Serialize(document, type));
        writer.Write('\n');
    }
}

/// <summary>Writes a JSON array element by element, as they come. Disposing closes the array.</summary>
internal sealed class JsonArrayWriter<T>(TextWriter writer, JsonTypeInfo<T> type) : IDisposable
{
    private bool _isOpen;

    /// <summary>Writes the next element.</summary>
    public void Write(T element)
    {
        writer.Write(_isOpen ? ",\n" : "[\n");
        _isOpen = true;
        writer.Write(JsonSerializer.Serialize(element, type));
    }

    public void Dispose() => writer.Write(_isOpen ? "\n]\n" : "[]\n");
}

/// <summary>Keeps short lists of numbers on one line of an indented document.</summary>
internal sealed class ListConverter : JsonConverter<int[]>
{
    public override int[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Documents are only written.");

    public override void Write(Utf8JsonWriter writer, int[] value, JsonSerializerOptions options) =>
        writer.WriteRawValue(Format(value), skipInputValidation: true);

    /// <summary>The list on one line.</summary>
    public static string Format(int[] list) =>
        $"[{string.Join(", ", list.Select(number => number.ToString(CultureInfo.InvariantCulture)))}]";
}

/// <summary>Keeps each row of a matrix on one line of an indented document.</summary>
internal sealed class MatrixConverter : JsonConverter<int[][]>
{
    public override int[][]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Documents are only written.");

    public override void Write(Utf8JsonWriter writer, int[][] value, JsonSerializerOptions options) => writer.WriteRawValue(
        $"[\n    {string.Join(",\n    ", value.Select(ListConverter.Format))}\n  ]", skipInputValidation: true);
}
