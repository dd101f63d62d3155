using System.Runtime.InteropServices;
using Convoy.Files;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Cli.Output;

/// <summary>
/// How many files this process may have open. .NET opens one for each assembly, and where there are too few it fails in
/// the strangest places, without a word or without an end; so that is told before anything else. Asked on Linux alone.
/// </summary>
internal static class DescriptorLimit
{
    // With 96 the doctor failed, with 112 no command that was tried did.
    private const int Least = 128;

    private const int InvalidArgument = 22;

    /// <summary>True where too few files may be open.</summary>
    public static bool IsTooLow
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return false;
            }

            // A number beyond the limit is an invalid argument.
            int descriptor = Libc.Control(StandardDescriptors.Error, Libc.DuplicateClosedOnExecute, Least - 1);
            if (descriptor < 0)
            {
                return Marshal.GetLastPInvokeError() == InvalidArgument;
            }

            new SafeFileHandle(descriptor, ownsHandle: true).Dispose();
            return false;
        }
    }

    /// <summary>Says so, and what to do, with as few assemblies as possible.</summary>
    public static void Tell()
    {
        try
        {
            using var error = new FileStream(new SafeFileHandle(StandardDescriptors.Error, ownsHandle: false), FileAccess.Write, bufferSize: 0);
            error.Write("convoy: error: This process may open too few files; raise the limit (ulimit -n 1024) and run the command again.\n"u8);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // Nobody is there to read it; the exit code says that it failed.
        }
    }
}
