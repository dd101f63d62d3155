using Spectre.Console;

namespace Convoy.Cli.Output;

/// <summary>Writes reports for people: aligned columns, never cut or wrapped.</summary>
internal static class TableWriter
{
    /// <summary>Writes reports, one below the other.</summary>
    public static void Write(Terminal terminal, IEnumerable<Report> reports)
    {
        bool isFirst = true;
        foreach (Report report in reports)
        {
            if (!isFirst)
            {
                terminal.Out.WriteLine();
            }

            Write(terminal, report);
            isFirst = false;
        }
    }

    private static void Write(Terminal terminal, Report report)
    {
        if (report.Title is { } title)
        {
            terminal.Out.WriteLine(Terminal.OneLine(title));
        }

        terminal.Draw(CreateTable(report));
        foreach (string note in report.Notes)
        {
            terminal.Out.WriteLine(Terminal.OneLine(note));
        }
    }

    private static Table CreateTable(Report report)
    {
        var table = new Table { Border = TableBorder.Simple, ShowFooters = report.Total is not null };
        for (int i = 0; i < report.Columns.Length; i++)
        {
            Column column = report.Columns[i];
            table.AddColumn(new TableColumn(CreateText(column.Title, new Style(decoration: Decoration.Bold)))
            {
                NoWrap = true,
                Padding = new Padding(0, 0, 1, 0),
                Alignment = JustifyOf(column.Alignment),
                Footer = report.Total is { } total ? CreateText(total[i].Text, new Style(decoration: Decoration.Bold)) : null,
            });
        }

        foreach (Cell[] row in report.Lines)
        {
            table.AddRow(row.Select(cell => CreateText(cell.Text)));
        }

        return table;
    }

    private static Justify JustifyOf(Alignment alignment) => alignment switch
    {
        Alignment.Left => Justify.Left,
        Alignment.Right => Justify.Right,
        _ => throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "There is no such alignment."),
    };

    private static Text CreateText(string text, Style? style = null) => new(Terminal.OneLine(text), style);
}
