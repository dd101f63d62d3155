using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Convoy.Cli.Commands;

/// <summary>--help with an example, and --version with the commit.</summary>
internal static class HelpText
{
    // Longer lines are hard to read, and into shorter ones the options' names do not fit.
    private const int MostWidth = 120;
    private const int LeastWidth = 40;

    /// <summary>Replaces what the root's two options do.</summary>
    public static void Install(RootCommand root, Terminal terminal)
    {
        foreach (Option option in root.Options)
        {
            option.Action = option switch
            {
                HelpOption => new ShowHelp(terminal),
                VersionOption => new ShowVersion(),
                _ => option.Action,
            };
        }
    }

    private sealed class ShowHelp(Terminal terminal) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int width = Math.Clamp(terminal.Width, LeastWidth, MostWidth);
            int exitCode = new HelpAction { MaxWidth = width }.Invoke(parseResult);
            string[] lines = parseResult.CommandResult.Command is ConvoyCommand command
                ? [.. command.Details.Split('\n').SelectMany(part => TextFit.Wrap(part, width).Append("")), "Example:", $"  {command.Example}"]
                :
                [
                    "Exit codes:",
                    "  0 done, 1 failed (even if only one image of many), 2 wrong usage, 3 no such device, 130 interrupted",
                    "",
                    "Examples:",
                    "  convoy demo",
                    "  convoy help classify",
                ];
            Array.ForEach([.. lines, ""], parseResult.InvocationConfiguration.Output.WriteLine);
            return exitCode;
        }
    }

    private sealed class ShowVersion : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(
                $"convoy {ProductVersion.Version} (commit {ProductVersion.Commit})");
            return ExitCode.Done;
        }
    }
}
