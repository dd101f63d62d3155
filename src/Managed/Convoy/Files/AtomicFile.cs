using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Files;

/// <summary>
/// Replaces a file as a whole. It is written aside, in the same folder, and renamed once its bytes are on the disk: whoever
/// looks finds the old file or the new one, processes that write at once do not see each other's halves, and a failure leaves
/// the old file as it was. A link stays a link: the file that it leads to is replaced, or made.
/// </summary>
internal static class AtomicFile
{
    /// <summary>How the name ends of what is written aside; a process that dies meanwhile leaves it behind.</summary>
    public const string UnfinishedSuffix = ".tmp";

    // Then an id, and the suffix: nothing of the file's own name, which may be as long as the system allows.
    private const string UnfinishedPrefix = "convoy.";

    private const string IdFormat = "N";

    private const int ErrorBits = 0xffff;

    // A file still unfinished after this long was left by a process that died.
    private static readonly TimeSpan UnfinishedLifetime = TimeSpan.FromHours(1);

    /// <summary>Writes a file with these bytes.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="content">Its bytes.</param>
    /// <param name="mode">Who may do what with it, on Unix; null keeps what the old file allows, and for a new one what umask leaves.</param>
    /// <exception cref="IOException">What is there is no regular file, or the system refuses; nothing is left aside.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses; nothing is left aside.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode? mode = null) =>
        Write(path, mode, content, static (file, content) => file.Write(content));

    /// <summary>Writes a file piece by piece, with what the old one allows.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the bytes, once. Whatever it throws leaves the old file as it was.</param>
    /// <exception cref="IOException">What is there is no regular file, or the system refuses; nothing is left aside.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses; nothing is left aside.</exception>
    public static void Write(string path, Action<Stream> write) =>
        Write(path, mode: null, write, static (file, write) => write(file));

    /// <summary>Removes what processes that died left aside of files.</summary>
    /// <param name="folder">Where the files lie.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static void RemoveLeftovers(string folder)
    {
        DateTime dead = DateTime.UtcNow - UnfinishedLifetime;
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles($"{UnfinishedPrefix}*{UnfinishedSuffix}"))
        {
            // Only what has such a name in full: the folder may hold files of others that end so.
            if (file.Name.Split('.') is [_, var id, _] && Guid.TryParseExact(id, IdFormat, out _) && file.LastWriteTimeUtc < dead)
            {
                file.Delete();
            }
        }
    }

    private static void Write<T>(string path, UnixFileMode? mode, T content, Action<Stream, T> write)
        where T : allows ref struct
    {
        string unfinished = $"{UnfinishedPrefix}{Guid.NewGuid().ToString(IdFormat)}{UnfinishedSuffix}";
        try
        {
            using Aside aside = new(path, unfinished, mode);
            write(aside.File, content);
            aside.Rename();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && e.Message.Contains(unfinished, StringComparison.Ordinal))
        {
            throw WithoutName(e);
        }
    }

    /// <summary>The same refusal as a piece of a sentence about the file: .NET's own names what is written aside, of which nobody knows.</summary>
    private static Exception WithoutName(Exception refusal) => refusal switch
    {
        UnauthorizedAccessException => new UnauthorizedAccessException("permission denied", refusal),
        DirectoryNotFoundException => new DirectoryNotFoundException("its folder does not exist", refusal),
        FileNotFoundException => new IOException("its folder takes no new files", refusal),
        PathTooLongException => new IOException("its path is too long", refusal),
        _ => new IOException(Marshal.GetPInvokeErrorMessage(refusal.HResult & ErrorBits), refusal),
    };

    /// <summary>The unfinished file; gone with its owner unless it was renamed.</summary>
    private sealed class Aside : IDisposable
    {
        private readonly string _path;
        private readonly string _unfinished;
        private bool _isRenamed;

        public Aside(string path, string unfinished, UnixFileMode? mode)
        {
            path = FileNames.GetFullPath(path);
            ThrowIfNotRegular(path);
            _path = new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;
            _unfinished = Path.Combine(Path.GetDirectoryName(_path)!, unfinished);
            File = Create(_unfinished, OperatingSystem.IsWindows() ? null : mode ?? ModeOf(_path));
        }

        public FileStream File { get; }

        public void Rename()
        {
            File.Flush(flushToDisk: true);
            File.Dispose();
            System.IO.File.Move(_unfinished, _path, overwrite: true);
            _isRenamed = true;
            SyncFolder(Path.GetDirectoryName(_path)!);
        }

        public void Dispose()
        {
            File.Dispose();
            if (_isRenamed)
            {
                return;
            }

            try
            {
                System.IO.File.Delete(_unfinished);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // What went wrong first is what the caller hears of.
            }
        }

        private static void ThrowIfNotRegular(string path)
        {
            if (OperatingSystem.IsMacOS() && System.IO.File.Exists(path))
            {
                // Only once it is open does macOS tell.
                RegularFile.Open(path, long.MaxValue).Dispose();
            }

            FileStatus.Of(path)?.ThrowIfNotRegular();
        }

        [UnsupportedOSPlatform("windows")]
        private static UnixFileMode? ModeOf(string path) => System.IO.File.Exists(path) ? System.IO.File.GetUnixFileMode(path) : null;

        private static FileStream Create(string path, UnixFileMode? mode)
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
            if (mode is null || OperatingSystem.IsWindows())
            {
                return new FileStream(path, options);
            }

            // Never more than that, and then, whatever umask took from it, all of that.
            options.UnixCreateMode = mode;
            var file = new FileStream(path, options);
            if (System.IO.File.GetUnixFileMode(file.SafeFileHandle) != mode)
            {
                System.IO.File.SetUnixFileMode(file.SafeFileHandle, mode.Value);
            }

            return file;
        }

        /// <summary>Has the new name on the disk too, where the system can: the file itself is there, whole, by either name.</summary>
        private static void SyncFolder(string folder)
        {
            if (!OperatingSystem.IsLinux() || Libc.Open(folder, Libc.ReadWithoutWaiting) is not (>= 0 and var descriptor))
            {
                return;
            }

            using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
            try
            {
                RandomAccess.FlushToDisk(handle);
            }
            catch (IOException)
            {
                // Some network file systems sync files alone.
            }
        }
    }
}
