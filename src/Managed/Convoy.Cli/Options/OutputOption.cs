namespace Convoy.Cli.Options;

/// <summary>The form of a command's result.</summary>
internal static class OutputOption
{
    /// <summary>The option that names a form.</summary>
    public static Option<OutputFormat> Create() => OptionFactory.Choice(
        "--output",
        "The form of the result on the standard output.",
        [("table", OutputFormat.Table), ("json", OutputFormat.Json), ("csv", OutputFormat.Csv), ("md", OutputFormat.Markdown)]);
}
