using System.Buffers;

namespace Convoy.Cli.Output;

/// <summary>Writes rows as RFC 4180 has them, with line feeds: exact numbers, headers for programs, no totals.</summary>
internal static class CsvWriter
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",\"\r\n");

    /// <summary>Writes a report.</summary>
    public static void Write(TextWriter writer, Report report)
    {
        WriteHeader(writer, report.Columns);
        report.Rows.ForEach(row => WriteRow(writer, row));
    }

    /// <summary>Writes the columns' keys.</summary>
    public static void WriteHeader(TextWriter writer, IEnumerable<Column> columns) =>
        WriteFields(writer, columns.Select(column => column.Key));

    /// <summary>Writes a row.</summary>
    public static void WriteRow(TextWriter writer, IEnumerable<Cell> row) => WriteFields(writer, row.Select(cell => cell.Raw));

    private static void WriteFields(TextWriter writer, IEnumerable<string> fields)
    {
        writer.Write(string.Join(',', fields.Select(Quote)));
        writer.Write('\n');
    }

    private static string Quote(string field) => field.AsSpan().ContainsAny(Special) ? $"\"{field.Replace("\"", "\"\"")}\"" : field;
}
