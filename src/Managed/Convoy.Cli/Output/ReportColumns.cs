namespace Convoy.Cli.Output;

/// <summary>A report's columns, each beside what it shows of a row, so that the two cannot part.</summary>
/// <typeparam name="T">What a row shows.</typeparam>
internal sealed class ReportColumns<T>
{
    private readonly List<(Column Column, Func<T, Cell> Show)> _columns = [];

    /// <summary>Adds a column of words.</summary>
    public ReportColumns<T> Words(string key, string header, Func<T, string?> show, Priority priority = Priority.Normal) =>
        Words(key, header, row => Cell.Of(show(row)), priority);

    /// <summary>Adds a column of words, which programs read otherwise than people.</summary>
    public ReportColumns<T> Words(string key, string header, Func<T, Cell> show, Priority priority = Priority.Normal) =>
        Add(Column.Words(key, header, priority), show);

    /// <summary>Adds a column of whole numbers; null shows as nothing.</summary>
    public ReportColumns<T> Count(string key, string header, Func<T, long?> show, Priority priority = Priority.Normal) =>
        Number(key, header, "", row => Cell.Of(show(row)), priority);

    /// <summary>Adds a column of milliseconds, with three significant digits for people; null shows as nothing.</summary>
    public ReportColumns<T> Milliseconds(string key, string header, Func<T, double?> show, Priority priority = Priority.Normal) =>
        Number(key, header, "ms", row => show(row) is { } milliseconds ? Cell.Significant(milliseconds) : Cell.Empty, priority);

    /// <summary>Adds a column of numbers in a unit; "" where they have none.</summary>
    public ReportColumns<T> Number(string key, string header, string unit, Func<T, Cell> show, Priority priority = Priority.Normal) =>
        Add(new Column(key, header, unit, Priority: priority), show);

    /// <summary>Makes the column added last one that is said once where all rows have the same and there is no room.</summary>
    public ReportColumns<T> AsSetting()
    {
        (Column column, Func<T, Cell> show) = _columns[^1];
        _columns[^1] = (column with { IsSetting = true }, show);
        return this;
    }

    /// <summary>A report with these columns and a row for each of the values.</summary>
    public Report CreateReport(IEnumerable<T> rows)
    {
        var report = new Report([.. _columns.Select(each => each.Column)]);
        report.Rows.AddRange(rows.Select(row => (Cell[])[.. _columns.Select(each => each.Show(row))]));
        return report;
    }

    private ReportColumns<T> Add(Column column, Func<T, Cell> show)
    {
        _columns.Add((column, show));
        return this;
    }
}
