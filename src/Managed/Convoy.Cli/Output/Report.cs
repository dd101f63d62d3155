using System.Collections.Immutable;

namespace Convoy.Cli.Output;

/// <summary>On which side of a column its cells stand.</summary>
internal enum Alignment
{
    /// <summary>Words.</summary>
    Left,

    /// <summary>Numbers.</summary>
    Right,
}

/// <summary>Which columns a table shows that is too wide for the terminal: the highest come first, of equal ones the first.</summary>
internal enum Priority
{
    /// <summary>Never in a table: for programs alone.</summary>
    None,

    /// <summary>Worth a look where there is room.</summary>
    Low,

    /// <summary>What most want to see.</summary>
    Normal,

    /// <summary>What the table is there for.</summary>
    High,
}

/// <summary>A column of a report.</summary>
/// <param name="Key">Its name for programs, the header in CSV: "p50_ms".</param>
/// <param name="Header">Its name for people: "p50".</param>
/// <param name="Unit">The unit its numbers have, where they have one: "ms".</param>
/// <param name="Alignment">Words left, numbers right.</param>
/// <param name="Priority">Which columns a narrow terminal shows; the first of a table it always shows.</param>
internal sealed record Column(
    string Key, string Header, string Unit = "", Alignment Alignment = Alignment.Right, Priority Priority = Priority.Normal)
{
    /// <summary>Whether it is said once, above the table, where all rows have the same and not all columns fit.</summary>
    public bool IsSetting { get; init; }

    /// <summary>A column of words, which are shortened where there is no room for them.</summary>
    public static Column Words(string key, string header, Priority priority = Priority.Normal) => new(key, header, "", Alignment.Left, priority);

    /// <summary>The header with its unit: "p50, ms".</summary>
    public string Title => Unit.Length == 0 ? Header : $"{Header}, {Unit}";
}

/// <summary>A word or two, and beside them a text of any length.</summary>
/// <param name="Head">The words: "memory". Spaces before them are kept.</param>
/// <param name="Text">The text, or "".</param>
internal sealed record Entry(string Head, string Text = "");

/// <summary>Rows of one kind, for whichever writer is asked for.</summary>
/// <param name="Columns">The columns.</param>
internal sealed record Report(params ImmutableArray<Column> Columns)
{
    /// <summary>The line above the table, or null.</summary>
    public string? Title { get; init; }

    /// <summary>The rows, each with a cell for every column.</summary>
    public List<Cell[]> Rows { get; } = [];

    /// <summary>Those of the rows that people do not see, because another says the same.</summary>
    public HashSet<Cell[]> Repetitions { get; } = [];

    /// <summary>The rows that people see.</summary>
    public IEnumerable<Cell[]> ShownRows => Rows.Where(row => !Repetitions.Contains(row));

    /// <summary>The columns that people see, by their index.</summary>
    public IEnumerable<int> Shown => Enumerable.Range(0, Columns.Length).Where(i => Columns[i].Priority > Priority.None);

    /// <summary>The line of totals below the rows, or null; not a row to programs.</summary>
    public Cell[]? Total { get; set; }

    /// <summary>What people read in place of the table, where there are any: for rows whose cells are sentences.</summary>
    public List<Entry> Entries { get; } = [];

    /// <summary>Sentences below the table, for people only.</summary>
    public List<string> Notes { get; } = [];
}
