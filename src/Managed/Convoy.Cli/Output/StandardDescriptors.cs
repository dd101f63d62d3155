using System.Runtime.InteropServices;
using Convoy.Files;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Cli.Output;

/// <summary>
/// The three descriptors that a process is started with. One that whoever started it closed goes to the next file opened, and
/// what is meant for the stream would be written into that file.
/// </summary>
internal static class StandardDescriptors
{
    /// <summary>The standard output's.</summary>
    public const int Output = 1;

    /// <summary>The error stream's.</summary>
    public const int Error = 2;

    private const string Nowhere = "/dev/null";

    // Held open as long as the process lives.
    private static readonly List<SafeFileHandle> Placeholders = [];

    /// <summary>Gives those that are free to the null device, before a file gets them; where there is none, they stay free.</summary>
    public static void Occupy()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            while (true)
            {
                // The lowest free one is what the system gives.
                SafeFileHandle handle = File.OpenHandle(Nowhere, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
                if (handle.DangerousGetHandle() > Error)
                {
                    handle.Dispose();
                    return;
                }

                Placeholders.Add(handle);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A container without devices, perhaps; most are started with all three.
        }
    }

    /// <summary>
    /// Whether the process was started with a descriptor; true on Windows, which has none. What the runtime opens for itself, or
    /// this class, closes when another program is executed: no descriptor that came from there does that.
    /// </summary>
    public static bool IsInherited(int descriptor) =>
        OperatingSystem.IsWindows() || Libc.Control(descriptor, Libc.GetFlags) is >= 0 and var flags && (flags & Libc.CloseOnExecute) == 0;

    /// <summary>Another descriptor of the same file, for this process alone; on macOS its children have it too.</summary>
    /// <exception cref="IOException">There can be no further one.</exception>
    public static SafeFileHandle Duplicate(int descriptor) => new(
        ThrowIfFailed(OperatingSystem.IsMacOS() ? Libc.Duplicate(descriptor) : Libc.Control(descriptor, Libc.DuplicateClosedOnExecute, 0)),
        ownsHandle: true);

    /// <summary>Has what is written to the standard output from here on go to the error stream.</summary>
    /// <exception cref="IOException">The system refuses.</exception>
    public static void SendOutputToError() => ThrowIfFailed(Libc.DuplicateTo(Error, Output));

    private static int ThrowIfFailed(int result)
    {
        int error = Marshal.GetLastPInvokeError();
        return result >= 0 ? result : throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
    }
}
