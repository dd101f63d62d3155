namespace Convoy.Cli.Output;

/// <summary>
/// Which of a report's columns a table shows in a width, and how wide each may be. Where not all fit, columns are taken by
/// their priority, of equal ones the first first, as long as there is room, and the first of all in any case. Words are shortened
/// for that, the widest first and no further than it takes, but not for a column of low priority.
/// </summary>
internal sealed class TableLayout
{
    // Words are told apart by so much of them; less is worth less than another column.
    private const int LeastWords = 20;

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
        SortedSet<int> shown = [report.Shown.First()];
        foreach (int column in report.Shown.Skip(1).OrderByDescending(i => report.Columns[i].Priority))
        {
            int[] counted = report.Columns[column].Priority > Priority.Low ? least : natural;
            if (TableWidth(shown.Append(column).Select(i => counted[i])) <= width)
            {
                shown.Add(column);
            }
        }

        int[] widths = [.. shown.Select(i => natural[i])];
        int[] words = [.. shown.Index().Where(each => each.Index == 0 || report.Columns[each.Item].Alignment == Alignment.Left).Select(each => each.Index)];
        for (int excess = TableWidth(widths) - width; excess > 0 && words.Max(i => widths[i]) > 1; excess--)
        {
            widths[words.MaxBy(i => widths[i])]--;
        }

        return new TableLayout([.. shown], widths, [.. report.Shown.Except(shown).Select(i => report.Columns[i])]);
    }

    private static int TableWidth(IEnumerable<int> widths) => Margin + widths.Sum(width => width + Gap);

    private static int WidthOf(Report report, int column) => report.ShownRows
        .Concat(report.Total is { } total ? [total] : [])
        .Select(row => row[column].Text)
        .Append(report.Columns[column].Title)
        .Max(text => TextFit.WidthOf(Terminal.OneLine(text)));
}
