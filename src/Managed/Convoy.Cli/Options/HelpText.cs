using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Convoy.Cli.Commands;

namespace Convoy.Cli.Options;

/// <summary>--help with an example, and --version with the commit.</summary>
internal static class HelpText
{
    private const int Width = 120;

    /// <summary>Replaces what the root's two options do.</summary>
    public static void Install(RootCommand root)
    {
        foreach (Option option in root.Options)
        {
            option.Action = option switch
            {
                HelpOption => new ShowHelp(),
                VersionOption => new ShowVersion(),
                _ => option.Action,
            };
        }
    }

    private sealed class ShowHelp : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int exitCode = new HelpAction { MaxWidth = Width }.Invoke(parseResult);
            string[] lines = parseResult.CommandResult.Command is ConvoyCommand command
                ? ["Example:", $"  {command.Example}"]
                :
                [
                    "Exit codes:",
                    "  0 done, 1 failed (even if only one image of many), 2 wrong usage, 3 no such device",
                    "",
                    "Examples:",
                    "  convoy demo",
                    "  convoy classify --help",
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
