using System.Text.Json.Nodes;
using Convoy.Cli;

namespace Convoy.Tests.Cli;

/// <summary>What a command line returned, run in this process.</summary>
internal sealed record CliRun(int ExitCode, string Out, string Error)
{
    /// <summary>The error stream's lines.</summary>
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The output as JSON.</summary>
    public JsonNode Json => JsonNode.Parse(Out)!;

    /// <summary>The names of an object's fields, in their order.</summary>
    public static string[] NamesOf(JsonNode? document) => [.. document!.AsObject().Select(property => property.Key)];

    public static async Task<CliRun> ConvoyAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int exitCode = await ConvoyApplication.RunAsync(arguments, output, error);
        TestContext.Out.WriteLine($"convoy {string.Join(' ', arguments)} -> {exitCode}\n{error}");
        return new CliRun(exitCode, output.ToString(), error.ToString());
    }
}
