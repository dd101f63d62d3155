namespace Convoy.Cli.Commands;

/// <summary>How a command ends that was interrupted and has shown what there was by then.</summary>
internal static class InterruptedRun
{
    /// <summary>Says what is missing where the result itself does not, and returns the exit code.</summary>
    public static int Conclude(Terminal terminal, string sentence, bool isInResult)
    {
        if (!isInResult)
        {
            terminal.Note(sentence);
        }

        return ExitCode.Interrupted;
    }
}
