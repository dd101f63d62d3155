using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Files;

/// <summary>What a file is, as Linux numbers it.</summary>
internal enum FileKind
{
    Fifo = 1,
    CharacterDevice = 2,
    Folder = 4,
    BlockDevice = 6,
    Regular = 8,
    Socket = 12,
}

/// <summary>What .NET does not tell of a file: its kind and its owner. Known on Linux; on macOS the mode alone, on Windows nothing.</summary>
/// <param name="Kind">What it is; null where that is not known.</param>
/// <param name="Mode">Who may do what with it.</param>
/// <param name="Owner">The number of the user whose it is; null where that is not known.</param>
internal readonly record struct FileStatus(FileKind? Kind, UnixFileMode Mode, uint? Owner)
{
    private const int KindShift = 12;
    private const int ModeBits = 0xfff;

    /// <summary>The status of what a path leads to, over links; null where there is nothing, or the system does not tell.</summary>
    public static FileStatus? Of(string path) => Try(() => Require(path));

    /// <summary>The status of an open file; null where the system does not tell.</summary>
    public static FileStatus? Of(SafeFileHandle file) => Try(() => Require(file));

    /// <summary>The status of what a path leads to, over links, for one who must know it; null where there is nothing, and on Windows.</summary>
    /// <exception cref="IOException">The system does not tell: a piece of a sentence, "what it is cannot be told (REASON)".</exception>
    /// <exception cref="UnauthorizedAccessException">The system does not tell.</exception>
    public static FileStatus? Require(string path) =>
        OperatingSystem.IsLinux() ? Ask(Libc.WorkingFolder, FileNames.GetFullPath(path), 0)
        : OperatingSystem.IsWindows() || !Path.Exists(path) ? null
        : new(null, File.GetUnixFileMode(path), null);

    /// <summary>Whose a link itself is; null where that is not known.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static uint? OwnerOfLink(string path) =>
        OperatingSystem.IsLinux() ? Ask(Libc.WorkingFolder, FileNames.GetFullPath(path), Libc.LinkItself)?.Owner : null;

    /// <summary>The status of an open file, for one who must know it; null on Windows.</summary>
    /// <exception cref="IOException">The system does not tell.</exception>
    public static FileStatus? Require(SafeFileHandle file)
    {
        if (!OperatingSystem.IsLinux())
        {
            return OperatingSystem.IsWindows() ? null : new(null, File.GetUnixFileMode(file), null);
        }

        FileStatus? status = Ask((int)file.DangerousGetHandle(), "", Libc.OpenFile);
        GC.KeepAlive(file);
        return status;
    }

    /// <summary>Refuses what is no regular file, in a piece of a sentence: "it is a FIFO, not a regular file".</summary>
    /// <exception cref="IOException">It is not.</exception>
    public void ThrowIfNotRegular()
    {
        if (Kind is { } kind and not FileKind.Regular)
        {
            throw new IOException($"it is {Describe(kind)}, not a regular file");
        }
    }

    private static FileStatus? Try(Func<FileStatus?> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static FileStatus? Ask(int folder, string path, int flags)
    {
        try
        {
            if (Libc.Statx(folder, path, flags, Libc.KindModeAndOwner, out Libc.FileFacts facts) == 0)
            {
                return new((FileKind)(facts.Mode >> KindShift), (UnixFileMode)(facts.Mode & ModeBits), facts.Owner);
            }
        }
        catch (EntryPointNotFoundException e)
        {
            throw new IOException("what it is cannot be told (the C library is from before 2018)", e);
        }

        int error = Marshal.GetLastPInvokeError();
        return error is Libc.NoSuchFile or Libc.NoSuchFolder
            ? null
            : throw new IOException($"what it is cannot be told ({Marshal.GetPInvokeErrorMessage(error)})");
    }

    private static string Describe(FileKind kind) => kind switch
    {
        FileKind.Fifo => "a FIFO",
        FileKind.CharacterDevice or FileKind.BlockDevice => "a device",
        FileKind.Folder => "a folder",
        FileKind.Socket => "a socket",
        _ => $"of the unknown kind {(int)kind}",
    };
}
