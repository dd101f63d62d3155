namespace Convoy.Files;

/// <summary>
/// Replaces a file as a whole. It is written aside, in the same folder, and then renamed: whoever looks finds the old file or
/// the new one, processes that write at once do not see each other's halves, and a failure leaves the old file as it was.
/// </summary>
internal static class AtomicFile
{
    /// <summary>How the name ends of what is written aside; a process that dies meanwhile leaves it behind.</summary>
    public const string UnfinishedSuffix = ".tmp";

    /// <summary>Writes a file with these bytes.</summary>
    /// <exception cref="IOException">The system refuses; nothing is left aside.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses; nothing is left aside.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using Aside aside = new(path);
        aside.File.Write(content);
        aside.Rename();
    }

    /// <summary>Writes a file piece by piece, and renames it only once its bytes are on the disk.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="write">Writes the bytes, once. Whatever it throws leaves the old file as it was.</param>
    /// <exception cref="IOException">The system refuses; nothing is left aside.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses; nothing is left aside.</exception>
    public static void WriteThrough(string path, Action<Stream> write)
    {
        using Aside aside = new(path);
        write(aside.File);
        aside.File.Flush(flushToDisk: true);
        aside.Rename();
    }

    /// <summary>The unfinished file; gone with its owner unless it was renamed.</summary>
    private sealed class Aside : IDisposable
    {
        private readonly string _path;
        private readonly string _unfinished;
        private bool _isRenamed;

        public Aside(string path)
        {
            _path = path;
            _unfinished = $"{path}.{Guid.NewGuid():N}{UnfinishedSuffix}";
            File = new FileStream(_unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        }

        public FileStream File { get; }

        public void Rename()
        {
            File.Dispose();
            System.IO.File.Move(_unfinished, _path, overwrite: true);
            _isRenamed = true;
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
    }
}
