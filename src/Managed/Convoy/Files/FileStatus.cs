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

/// <summary>What .NET does not tell of a file: its kind and its owner. Known on Linux alone.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Mode">Who may do what with it.</param>
/// <param name="Owner">The number of the user whose it is.</param>
internal readonly record struct FileStatus(FileKind Kind, UnixFileMode Mode, uint Owner)
{
    private const int KindShift = 12;
    private const int ModeBits = 0xfff;

    /// <summary>The status of what a path leads to, over links; null where there is nothing, or the system does not tell.</summary>
    public static FileStatus? Of(string path) => Ask(Libc.WorkingFolder, Path.GetFullPath(path), 0);

    /// <summary>The status of an open file; null where the system does not tell.</summary>
    public static FileStatus? Of(SafeFileHandle file)
    {
        FileStatus? status = Ask((int)file.DangerousGetHandle(), "", Libc.OpenFile);
        GC.KeepAlive(file);
        return status;
    }

    /// <summary>Refuses what is no regular file, in a piece of a sentence: "it is a FIFO, not a regular file".</summary>
    /// <exception cref="IOException">It is not.</exception>
    public void ThrowIfNotRegular()
    {
        if (Kind != FileKind.Regular)
        {
            throw new IOException($"it is {Describe(Kind)}, not a regular file");
        }
    }

    private static FileStatus? Ask(int folder, string path, int flags)
    {
        try
        {
            return OperatingSystem.IsLinux() && Libc.Statx(folder, path, flags, Libc.KindModeAndOwner, out Libc.FileFacts facts) == 0
                ? new((FileKind)(facts.Mode >> KindShift), (UnixFileMode)(facts.Mode & ModeBits), facts.Owner)
                : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library from before 2018.
            return null;
        }
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
