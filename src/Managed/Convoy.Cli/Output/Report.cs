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

/// <summary>A column of a report.</summary>
/// <param name="Key">Its name for programs, the header in CSV: "p50_ms".</param>
/// <param name="Header">Its name for people: "p50".</param>
/// <param name="Unit">The unit its numbers have, where they have one: "ms".</param>
/// <param name="Alignment">Words left, numbers right.</param>
internal sealed record Column(string Key, string Header, string Unit = "", Alignment Alignment = Alignment.Right)
{
    /// <summary>A column of words.</summary>
    public static Column Words(string key, string header) => new(key, header, Alignment: Alignment.Left);

    /// <summary>The header with its unit: "p50, ms".</summary>
    public string Title => Unit.Length == 0 ? Header : $"{Header}, {Unit}";
}

/// <summary>Rows of one kind, for whichever writer is asked for.</summary>
/// <param name="Columns">The columns.</param>
internal sealed record Report(params ImmutableArray<Column> Columns)
{
    /// <summary>The line above the table, or null.</summary>
    public string? Title { get; init; }

    /// <summary>The rows, each with a cell for every column.</summary>
    public List<Cell[]> Rows { get; } = [];

    /// <summary>Lines below a row, by its index, that show its parts; for people only, since they repeat it.</summary>
    public Dictionary<int, Cell[][]> Parts { get; } = [];

    /// <summary>The rows with their parts.</summary>
    public IEnumerable<Cell[]> Lines =>
        Rows.SelectMany((row, index) => Parts.TryGetValue(index, out Cell[][]? parts) ? [row, .. parts] : (Cell[][])[row]);

    /// <summary>The line of totals below the rows, or null; not a row to programs.</summary>
    public Cell[]? Total { get; set; }

    /// <summary>Sentences below the table, for people only.</summary>
    public List<string> Notes { get; } = [];
}
