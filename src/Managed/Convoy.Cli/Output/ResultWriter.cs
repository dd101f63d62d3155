using System.Text.Json.Serialization.Metadata;

namespace Convoy.Cli.Output;

/// <summary>Writes a command's result in the form asked for.</summary>
internal static class ResultWriter
{
    /// <summary>Writes the result. CSV has one table: the first report.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    public static void Write<T>(Terminal terminal, OutputFormat format, T document, JsonTypeInfo<T> type, params Report[] reports)
    {
        switch (format)
        {
            case OutputFormat.Table:
                TableWriter.Write(terminal, reports);
                break;
            case OutputFormat.Json:
                JsonWriter.Write(terminal.Out, document, type);
                break;
            case OutputFormat.Csv:
                CsvWriter.Write(terminal.Out, reports[0]);
                break;
            case OutputFormat.Markdown:
                MarkdownWriter.Write(terminal.Out, reports);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format, or only the command itself knows it.");
        }
    }
}
