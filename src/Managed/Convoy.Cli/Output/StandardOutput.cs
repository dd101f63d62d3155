namespace Convoy.Cli.Output;

/// <summary>
/// The process's standard output. .NET's own stream ignores a broken pipe, so that a command would work on for nobody
/// after <c>| head</c>; where it is a pipe it is therefore written to as a file, which fails. Where it was closed, so that
/// there is nothing to write to, writing fails too. Only a command's result gets there: what an OpenCL driver prints does not.
/// </summary>
internal static class StandardOutput
{
    private const int UnixBrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    /// <summary>Opens it, once a process and before a driver is loaded: what others write to it from then on goes to the error stream.</summary>
    public static Stream Open()
    {
        if (!StandardDescriptors.IsInherited(StandardDescriptors.Output))
        {
            return new ClosedStream();
        }

        if (OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        Stream stream = OpenDuplicate();
        StandardDescriptors.SendOutputToError();
        return stream;
    }

    /// <summary>Whether an error says that nobody reads the output any more.</summary>
    public static bool IsBrokenPipe(IOException error) => OperatingSystem.IsWindows()
        ? error.HResult is WindowsBrokenPipe or WindowsNoData
        : error.HResult == UnixBrokenPipe;

    private static Stream OpenDuplicate()
    {
        if (Console.IsOutputRedirected)
        {
            var stream = new FileStream(StandardDescriptors.Duplicate(StandardDescriptors.Output), FileAccess.Write, bufferSize: 0);
            if (!stream.CanSeek)
            {
                return stream;
            }

            // A file is left to .NET's stream, which goes on where others that share it have written.
            stream.Dispose();
        }

        // It writes to a duplicate of its own, and at the first write makes a terminal ready, which it finds by the descriptor.
        Stream console = Console.OpenStandardOutput();
        console.Write([]);
        return console;
    }

    private sealed class ClosedStream : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) =>
            throw new IOException("The standard output is closed; direct it to a file or a pipe.");
    }
}
