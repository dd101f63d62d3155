using Microsoft.Win32.SafeHandles;

namespace Convoy.Cli.Output;

/// <summary>
/// The process's standard output. .NET's own stream ignores a broken pipe, so that a command would work on for nobody
/// after <c>| head</c>; where it is a pipe it is therefore written to as a file, which fails. Where it was closed, so that
/// there is nothing to write to, writing fails too.
/// </summary>
internal static class StandardOutput
{
    private const int UnixBrokenPipe = 32;
    private const int WindowsBrokenPipe = unchecked((int)0x8007006D);
    private const int WindowsNoData = unchecked((int)0x800700E8);

    /// <summary>Opens it.</summary>
    public static Stream Open()
    {
        if (!StandardDescriptors.IsInherited(StandardDescriptors.Output))
        {
            return new ClosedStream();
        }

        if (!Console.IsOutputRedirected || OperatingSystem.IsWindows())
        {
            return Console.OpenStandardOutput();
        }

        // A file is left to .NET's stream, which goes on where others that share it have written.
        var stream = new FileStream(new SafeFileHandle(StandardDescriptors.Output, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    /// <summary>Whether an error says that nobody reads the output any more.</summary>
    public static bool IsBrokenPipe(IOException error) => OperatingSystem.IsWindows()
        ? error.HResult is WindowsBrokenPipe or WindowsNoData
        : error.HResult == UnixBrokenPipe;

    private sealed class ClosedStream : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) =>
            throw new IOException("The standard output is closed; direct it to a file or a pipe.");
    }
}
