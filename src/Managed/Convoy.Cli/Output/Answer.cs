using System.Text.Json.Serialization.Metadata;

namespace Convoy.Cli.Output;

/// <summary>The forms an answer can take.</summary>
internal enum OutputFormat
{
    /// <summary>Aligned columns for people.</summary>
    Table,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>Comma-separated values.</summary>
    Csv,

    /// <summary>Markdown.</summary>
    Markdown,
}

/// <summary>Gives a command's answer in the form asked for.</summary>
internal static class Answer
{
    /// <summary>Writes the answer. CSV has one table: the first report.</summary>
    public static void Write<T>(Terminal terminal, OutputFormat format, T document, JsonTypeInfo<T> type, params Report[] reports)
    {
        switch (format)
        {
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
                TableWriter.Write(terminal, reports);
                break;
        }
    }
}
