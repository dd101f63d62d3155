namespace Convoy.Cli.Commands;

/// <summary>How a command over many images ends when some could not be read.</summary>
internal static class ImageErrors
{
    /// <summary>Says how many there were, and returns the exit code.</summary>
    public static int Conclude(Terminal terminal, long images, long errors)
    {
        if (errors == 0)
        {
            return ExitCode.Done;
        }

        terminal.Note(FormattableString.Invariant($"{errors:N0} of {images:N0} images could not be read."));
        return ExitCode.Failed;
    }
}
