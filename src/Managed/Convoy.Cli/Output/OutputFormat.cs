namespace Convoy.Cli.Output;

/// <summary>The forms a result can take.</summary>
internal enum OutputFormat
{
    /// <summary>Aligned columns for people.</summary>
    Table,

    /// <summary>One JSON document.</summary>
    Json,

    /// <summary>Comma-separated values.</summary>
    Csv,

    /// <summary>Markdown.</summary>
    Markdown,

    /// <summary>A page with charts, for commands that have one.</summary>
    Html,
}
