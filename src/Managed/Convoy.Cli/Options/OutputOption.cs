namespace Convoy.Cli.Options;

/// <summary>The form of a command's result.</summary>
internal static class OutputOption
{
    private static readonly (string Word, OutputFormat Format)[] Common =
        [("table", OutputFormat.Table), ("json", OutputFormat.Json), ("csv", OutputFormat.Csv), ("md", OutputFormat.Markdown)];

    /// <summary>The option that names a form.</summary>
    public static Option<OutputFormat> Create() => Create(Common);

    /// <summary>The option of a command whose result may be a page too.</summary>
    public static Option<OutputFormat> CreateWithPage() => Create([.. Common, ("html", OutputFormat.Html)]);

    private static Option<OutputFormat> Create((string Word, OutputFormat Format)[] forms) =>
        OptionFactory.Choice("--output", "The form of the result on the standard output.", forms);
}
