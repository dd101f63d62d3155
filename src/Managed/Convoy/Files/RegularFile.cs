using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Files;

/// <summary>
/// Opens by name what must be a regular file of a bounded size: nobody waits for a FIFO's writer, and nothing is read from
/// a device without end. The kind is known on Linux; elsewhere only that there is a size, and which.
/// </summary>
internal static class RegularFile
{
    private const int NoPermission = 1;
    private const int Interrupted = 4;
    private const int AccessDenied = 13;

    /// <summary>Opens a file for reading. Who reads by position takes the stream's handle.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="mostBytes">What it may have; more is refused unread.</param>
    /// <exception cref="IOException">
    /// It is no regular file, too large, or cannot be opened. The message is a piece of a sentence without the path:
    /// "it is a FIFO, not a regular file".
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read by this user.</exception>
    public static FileStream Open(string path, long mostBytes)
    {
        path = FileNames.GetFullPath(path);

        // To open some devices does something already.
        FileStatus.Of(path)?.ThrowIfNotRegular();
        SafeFileHandle handle = OperatingSystem.IsLinux() ? OpenWithoutWaiting(path, Libc.ReadWithoutWaiting)
            : OperatingSystem.IsMacOS() && !Directory.Exists(path) ? OpenWithoutWaiting(path, Libc.ReadWithoutWaitingOnMacOS)
            : File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        try
        {
            // Once more, for the name may stand for another file by now.
            FileStatus.Of(handle)?.ThrowIfNotRegular();
            var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            ThrowIfLarger(stream.Length, mostBytes);
            return stream;
        }
        catch (NotSupportedException e)
        {
            handle.Dispose();
            throw new IOException("it has no length, as no regular file is", e);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>All bytes of a file; those it has when it is opened, should it grow meanwhile.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="mostBytes">What it may have; more is refused unread.</param>
    /// <exception cref="IOException">As in <see cref="Open"/>, or it became shorter meanwhile.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read by this user.</exception>
    public static byte[] ReadAllBytes(string path, int mostBytes)
    {
        using FileStream file = Open(path, mostBytes);
        return ReadAllBytes(file);
    }

    /// <summary>All bytes of a file that was just opened; those it has then, should it grow meanwhile.</summary>
    /// <exception cref="IOException">It became shorter meanwhile, or the system refuses.</exception>
    public static byte[] ReadAllBytes(FileStream file)
    {
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static void ThrowIfLarger(long bytes, long mostBytes)
    {
        if (bytes > mostBytes)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"it has {bytes:N0} bytes, more than the {mostBytes:N0} that such a file may have"));
        }
    }

    /// <summary>Opens whatever it is at once; .NET would wait until somebody writes to a FIFO.</summary>
    [SupportedOSPlatform("linux")]
    [SupportedOSPlatform("macos")]
    private static SafeFileHandle OpenWithoutWaiting(string path, int flags)
    {
        while (true)
        {
            int descriptor = Libc.Open(path, flags);
            if (descriptor >= 0)
            {
                return new SafeFileHandle(descriptor, ownsHandle: true);
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw Refusal(path, error);
            }
        }
    }

    /// <summary>The exception that .NET has for an error of the system's.</summary>
    private static Exception Refusal(string path, int error)
    {
        string message = Marshal.GetPInvokeErrorMessage(error);
        return error switch
        {
            Libc.NoSuchFile => Directory.Exists(Path.GetDirectoryName(path))
                ? new FileNotFoundException(message, path)
                : new DirectoryNotFoundException(message),
            AccessDenied or NoPermission => new UnauthorizedAccessException(message),
            _ => new IOException(message),
        };
    }
}
