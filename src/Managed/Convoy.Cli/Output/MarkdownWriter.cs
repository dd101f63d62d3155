namespace Convoy.Cli.Output;

/// <summary>Writes rows as tables of GitHub Flavored Markdown.</summary>
internal static class MarkdownWriter
{
    /// <summary>Writes reports, one below the other.</summary>
    public static void Write(TextWriter writer, IEnumerable<Report> reports)
    {
        string separator = "";
        foreach (Report report in reports)
        {
            writer.Write(separator);
            Write(writer, report);
            separator = "\n";
        }
    }

    /// <summary>Writes the columns' titles and their alignment.</summary>
    public static void WriteHeader(TextWriter writer, IEnumerable<Column> columns)
    {
        WriteFields(writer, columns.Select(column => column.Title));
        WriteFields(writer, columns.Select(column => RuleOf(column.Alignment)));
    }

    /// <summary>Writes a row.</summary>
    public static void WriteRow(TextWriter writer, IEnumerable<Cell> row) => WriteFields(writer, row.Select(cell => cell.Text));

    private static void Write(TextWriter writer, Report report)
    {
        if (report.Title is { } title)
        {
            writer.Write($"{Escape(title)}\n\n");
        }

        int[] shown = [.. report.Shown];
        WriteHeader(writer, shown.Select(i => report.Columns[i]));
        foreach (Cell[] row in report.ShownRows)
        {
            WriteRow(writer, shown.Select(i => row[i]));
        }

        if (report.Total is { } total)
        {
            WriteFields(writer, shown.Select(i => total[i].Text).Select(text => text.Length == 0 ? "" : $"**{Escape(text)}**"), isEscaped: true);
        }

        foreach (string note in report.Notes)
        {
            writer.Write($"\n{Escape(note)}\n");
        }
    }

    private static string RuleOf(Alignment alignment) => alignment switch
    {
        Alignment.Left => "---",
        Alignment.Right => "---:",
        _ => throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "There is no such alignment."),
    };

    private static void WriteFields(TextWriter writer, IEnumerable<string> fields, bool isEscaped = false) =>
        writer.Write($"| {string.Join(" | ", isEscaped ? fields : fields.Select(Escape))} |\n");

    private static string Escape(string text) =>
        Terminal.OneLine(text).Replace("\\", "\\\\").Replace("|", "\\|").Replace("*", "\\*").Replace("_", "\\_").Replace("<", "&lt;");
}
