using Spectre.Console;

namespace Convoy.Cli.Output;

/// <summary>Writes reports for people: aligned columns, as many as fit, and below them which do not.</summary>
internal static class TableWriter
{
    private const int EntryGap = 2;

    /// <summary>Writes reports, one below the other.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="reports">The reports.</param>
    /// <param name="remedy">What shows the columns that do not fit.</param>
    public static void Write(
        Terminal terminal, IEnumerable<Report> reports, string remedy = "a wider terminal, --output csv or --output json shows them")
    {
        bool isFirst = true;
        foreach (Report report in reports)
        {
            if (!isFirst)
            {
                terminal.Out.WriteLine();
            }

            Write(terminal, report, remedy);
            isFirst = false;
        }
    }

    private static void Write(Terminal terminal, Report report, string remedy)
    {
        if (report.Title is { } title)
        {
            terminal.WriteSentence(title);
        }

        if (report.Entries.Count > 0)
        {
            WriteEntries(terminal, report.Entries);
        }
        else
        {
            WriteTable(terminal, report, remedy);
        }

        report.Notes.ForEach(terminal.WriteSentence);
    }

    private static void WriteTable(Terminal terminal, Report report, string remedy)
    {
        var layout = TableLayout.Create(report, terminal.Width);
        if (layout.Common.Length > 0)
        {
            terminal.WriteSentence($"In all rows: {string.Join(", ", layout.Common.Select(i => $"{report.Columns[i].Header} {report.Rows[0][i].Text}"))}.");
        }

        terminal.Draw(CreateTable(report, layout));
        if (layout.LeftOut.Length > 0)
        {
            terminal.WriteSentence(FormattableString.Invariant(
                $"Not shown at a width of {terminal.Width}: {string.Join(", ", layout.LeftOut.Select(column => column.Header))} ({remedy})."));
        }
    }

    private static void WriteEntries(Terminal terminal, List<Entry> entries)
    {
        int indent = entries.Max(entry => TextFit.WidthOf(Terminal.OneLine(entry.Head))) + EntryGap;
        foreach (Entry entry in entries)
        {
            string head = Terminal.OneLine(entry.Head);
            foreach (string line in TextFit.Wrap(Terminal.OneLine(entry.Text), terminal.Width - indent))
            {
                terminal.Out.WriteLine($"{head}{new string(' ', indent - TextFit.WidthOf(head))}{line}".TrimEnd());
                head = "";
            }
        }
    }

    private static Table CreateTable(Report report, TableLayout layout)
    {
        var table = new Table { Border = TableBorder.Simple, ShowFooters = report.Total is not null };
        var bold = new Style(decoration: Decoration.Bold);
        foreach ((int i, int width) in layout.Columns.Zip(layout.Widths))
        {
            Column column = report.Columns[i];
            table.AddColumn(new TableColumn(CreateText(column.Title, width, bold))
            {
                NoWrap = true,
                Padding = new Padding(0, 0, 1, 0),
                Alignment = JustifyOf(column.Alignment),
                Footer = report.Total is { } total ? CreateText(total[i].Text, width, bold) : null,
            });
        }

        foreach (Cell[] row in report.ShownRows)
        {
            table.AddRow(layout.Columns.Zip(layout.Widths, (i, width) => CreateText(row[i].Text, width)));
        }

        return table;
    }

    private static Justify JustifyOf(Alignment alignment) => alignment switch
    {
        Alignment.Left => Justify.Left,
        Alignment.Right => Justify.Right,
        _ => throw new ArgumentOutOfRangeException(nameof(alignment), alignment, "There is no such alignment."),
    };

    private static Text CreateText(string text, int width, Style? style = null) => new(TextFit.Shorten(Terminal.OneLine(text), width), style);
}
