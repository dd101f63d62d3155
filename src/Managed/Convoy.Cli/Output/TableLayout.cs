namespace Convoy.Cli.Output;

/// <summary>
/// Which of a report's columns a table shows in a width, and how wide each may be. Where not all fit, settings that all rows have
/// in common are said once instead, and columns are taken by their priority, of equal ones the first first, as long as there is
/// room, and the first of all in any case. Words are shortened for that, the widest first and no further than it takes, but not
/// for a column of low priority.
/// </summary>
internal sealed class TableLayout
{
    // Words are told apart by so much of them; less is worth less than another column.
    private const int LeastWords = 20;

    // A table has a space at its left, and two behind each column.
    private const int Margin = 1;
    private const int Gap = 2;

    private TableLayout(int[] common, int[] columns, int[] widths, Column[] leftOut)
    {
        Common = common;
        Columns = columns;
        Widths = widths;
        LeftOut = leftOut;
    }

    /// <summary>The columns that are said once, by their index.</summary>
    public int[] Common { get; }

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
        int[] common = TableWidth(report.Shown.Select(i => natural[i])) <= width ? [] : [.. report.Shown.Where(i => IsCommon(report, i))];
        int[] varying = [.. report.Shown.Except(common)];
        SortedSet<int> shown = [varying[0]];
        foreach (int column in varying.Skip(1).OrderByDescending(i => report.Columns[i].Priority))
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

        return new TableLayout(common, [.. shown], widths, [.. varying.Except(shown).Select(i => report.Columns[i])]);
    }

    /// <summary>Whether a column says the same of all rows, and is one that may be said once.</summary>
    private static bool IsCommon(Report report, int column) =>
        report.Columns[column].IsSetting && report.Rows.Select(row => row[column].Text).Distinct().Count() == 1;

    private static int TableWidth(IEnumerable<int> widths) => Margin + widths.Sum(width => width + Gap);

    private static int WidthOf(Report report, int column) => report.ShownRows
        .Concat(report.Total is { } total ? [total] : [])
        .Select(row => row[column].Text)
        .Append(report.Columns[column].Title)
        .Max(text => TextFit.WidthOf(Terminal.OneLine(text)));
}
