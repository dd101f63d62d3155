using Convoy.Cli.Data;

namespace Convoy.Cli.Commands;

/// <summary>How a command over many images ends when some could not be read, or were left out.</summary>
internal static class ImageErrors
{
    /// <summary>Says what was not read, and returns the exit code.</summary>
    public static int Conclude(Terminal terminal, SearchFindings findings, long images, long errors)
    {
        Tell(terminal, findings);
        if (errors > 0)
        {
            terminal.Note(FormattableString.Invariant($"{errors:N0} of {images:N0} images could not be read."));
        }

        return errors > 0 || findings.FailedListings > 0 ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>Says what a search for images found beside them.</summary>
    public static void Tell(Terminal terminal, SearchFindings findings)
    {
        foreach (string failure in findings.Failures)
        {
            terminal.Error(failure);
        }

        foreach (string leftOut in findings.DescribeLeftOut())
        {
            terminal.Note(leftOut);
        }
    }

    /// <summary>Says that colours were lost on a network that reads grey images.</summary>
    public static void NoteDroppedColour(Terminal terminal, Network network) => terminal.Note(
        $"There are colour pictures among the images, but {network.Name} reads grey ones: their colours were dropped, and what it makes of photos means little.");
}
