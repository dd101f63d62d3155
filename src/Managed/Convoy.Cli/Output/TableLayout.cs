namespace Convoy.Cli.Output;

/// <summary>
/// Which of a report's columns a table shows in a width, and how wide each may be. Where not all fit, columns go by their
/// priority, of equal ones the last first and the first column never; words count as they could be shortened. Then the widest
/// words are shortened, no further than it takes.
/// </summary>
internal sealed class TableLayout
{
    // Words are told apart by so much of them; less is worth less than another column.
    private const int LeastWords = 24;

    // A table has a space at its left, and two behind each column.
    private const int Margin = 1;
    private const int Gap = 2;

    private TableLayout(int[] columns, int[] widths, Column[] leftOut)
    {
        Columns = columns;
        Widths = widths;
        LeftOut = leftOut;
    }

    /// <summary>The columns shown, by their index.</summary>
    public int[] Columns { get; }

    /// <summary>The widths of the columns shown.</summary>
    public int[] Widths { get; }

    /// <summary>The columns that do not fit, in the report's order.</summary>
    public Column[] LeftOut { get; }

    /// <summary>Lays a report out.</summary>
    public static TableLayout Create(Report report, int width)
    {
        int[] natural = [.. report.Columns.Select((_, i) => Math.Min(WidthOf(report, i), width))];
        int[] least = [.. natural.Select((all, i) => report.Columns[i].Alignment == Alignment.Left ? Math.Min(all, LeastWords) : all)];
        List<int> shown = [.. report.Shown];
        while (shown.Count > 1 && TableWidth(shown.Select(i => least[i])) > width)
        {
            shown.Remove(shown.Skip(1).Reverse().MinBy(i => report.Columns[i].Priority));
        }

        int[] widths = [.. shown.Select(i => natural[i])];
        int[] words = [.. Enumerable.Range(0, widths.Length).Where(i => i == 0 || report.Columns[shown[i]].Alignment == Alignment.Left)];
        for (int excess = TableWidth(widths) - width; excess > 0 && words.Max(i => widths[i]) > 1; excess--)
        {
            widths[words.MaxBy(i => widths[i])]--;
        }

        return new TableLayout([.. shown], widths, [.. report.Shown.Except(shown).Select(i => report.Columns[i])]);
    }

    private static int TableWidth(IEnumerable<int> widths) => Margin + widths.Sum(width => width + Gap);

    private static int WidthOf(Report report, int column) => report.Rows
        .Concat(report.Total is { } total ? [total] : [])
        .Select(row => row[column].Text)
        .Append(report.Columns[column].Title)
        .Max(text => TextFit.WidthOf(Terminal.OneLine(text)));
}
