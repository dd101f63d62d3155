using System.Runtime.InteropServices;

namespace Convoy.Files;

/// <summary>
/// The calls of Linux's C library, some of them macOS's too, for what .NET does not tell of a file, or cannot do without waiting,
/// for the processor's counters, and for executing another program.
/// </summary>
internal static partial class Libc
{
    /// <summary>O_RDONLY, O_NOCTTY, O_NONBLOCK and O_CLOEXEC together: what every processor that .NET runs on has them as.</summary>
    public const int ReadWithoutWaiting = 0x100 | 0x800 | 0x80000;

    /// <summary>The same four as macOS has them.</summary>
    public const int ReadWithoutWaitingOnMacOS = 0x20000 | 0x4 | 0x1000000;

    /// <summary>EPERM.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT.</summary>
    public const int NoSuchFile = 2;

    /// <summary>EACCES.</summary>
    public const int NoAccess = 13;

    /// <summary>ENODEV.</summary>
    public const int NoSuchDevice = 19;

    /// <summary>ENOTDIR: what the path has as a folder is none.</summary>
    public const int NoSuchFolder = 20;

    /// <summary>ENOSYS.</summary>
    public const int NoSuchCall = 38;

    /// <summary>EOPNOTSUPP.</summary>
    public const int NotSupported = 95;

    /// <summary>PERF_FLAG_FD_CLOEXEC.</summary>
    public const nuint PerformanceEventClosedOnExecute = 8;

    /// <summary>F_GETFD: asks for a descriptor's own flags.</summary>
    public const int GetFlags = 1;

    /// <summary>FD_CLOEXEC: closed where another program is executed.</summary>
    public const int CloseOnExecute = 1;

    /// <summary>F_DUPFD_CLOEXEC, Linux's: another descriptor of the same file, closed where another program is executed.</summary>
    public const int DuplicateClosedOnExecute = 1030;

    /// <summary>AT_FDCWD: the path stands by itself.</summary>
    public const int WorkingFolder = -100;

    /// <summary>AT_EMPTY_PATH: with an empty path, the open file itself.</summary>
    public const int OpenFile = 0x1000;

    /// <summary>AT_SYMLINK_NOFOLLOW: of a link, the link itself.</summary>
    public const int LinkItself = 0x100;

    /// <summary>STATX_TYPE, STATX_MODE and STATX_UID.</summary>
    public const uint KindModeAndOwner = 0x1 | 0x2 | 0x8;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Statx(int folder, string path, int flags, uint mask, out FileFacts facts);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetUser();

    /// <summary>The flags, below 0 where the descriptor is not open.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl")]
    public static partial int Control(int descriptor, int command);

    /// <summary>The same where the command takes a number, below 0 where it fails; for Linux, since macOS passes that number in another way.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int descriptor, int command, int number);

    /// <summary>Another descriptor of the same file, below 0 where there can be none.</summary>
    [LibraryImport("libc", EntryPoint = "dup", SetLastError = true)]
    public static partial int Duplicate(int descriptor);

    /// <summary>Makes the second descriptor one of the first one's file, below 0 where that fails.</summary>
    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int DuplicateTo(int descriptor, int target);

    /// <summary>Sets a variable for programs that this one executes; below 0 where that fails.</summary>
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetVariable(string name, string value, int replaces);

    /// <summary>Executes a program in place of this one; returns only where that fails.</summary>
    /// <param name="program">The program's file.</param>
    /// <param name="arguments">Addresses of the arguments, its own name first, and a 0 behind the last.</param>
    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Execute(string program, ReadOnlySpan<nint> arguments);

    /// <summary>The number of Linux's perf_event_open, which the C library has no function of; null where it is not known.</summary>
    public static nint? PerformanceEventCall => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 298,
        Architecture.Arm64 => 241,
        _ => null,
    };

    /// <summary>Begins to count an event of a process, 0 being this thread, on a processor, -1 being any; below 0 where that fails.</summary>
    /// <param name="call">The call's number.</param>
    /// <param name="asked">A struct perf_event_attr, in words of 8 bytes.</param>
    /// <param name="process">The process.</param>
    /// <param name="processor">The processor.</param>
    /// <param name="group">A counter to count together with; -1 for none.</param>
    /// <param name="flags">How.</param>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint OpenPerformanceEvent(nint call, ReadOnlySpan<ulong> asked, nint process, nint processor, nint group, nuint flags);

    /// <summary>Reads from a descriptor that cannot seek, as .NET's own reading at a place must; the bytes read, below 0 where it fails.</summary>
    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeHandle descriptor, Span<ulong> values, nuint bytes);

    /// <summary>What is used of struct statx, which is the same on every processor.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct FileFacts
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(28)]
        public ushort Mode;
    }
}
