using Convoy.Files;

namespace Convoy.Backends;

/// <summary>A file of the cache: read where it can have come from this user alone, and written so.</summary>
internal static class CacheFile
{
    /// <summary>All bytes of a file; null when it is not there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">What it may have.</param>
    /// <exception cref="IOException">It is not to be used, nor its folder, or the system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static byte[]? Read(string path, int mostBytes)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        CacheTrust.ThrowIfUntrusted(Path.GetDirectoryName(path)!);
        using FileStream file = Open(path, mostBytes);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Writes a file, and its folder if need be.</summary>
    /// <exception cref="IOException">The folder is not to be used, what is there is no regular file, or the system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        CacheFolder.Create(Path.GetDirectoryName(path)!);
        AtomicFile.Write(path, content, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    /// <summary>Why a file that is there is not to be used, whatever its folder; null when it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mostBytes">What it may have.</param>
    public static CacheProblem? FindProblem(string path, int mostBytes)
    {
        try
        {
            Open(path, mostBytes).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new($"'{path}': {e.Message.TrimEnd('.')}", "remove that file");
        }
    }

    private static FileStream Open(string path, int mostBytes)
    {
        FileStream file = RegularFile.Open(path, mostBytes);

        // What was opened is looked at, which the name may no longer stand for.
        if (FileStatus.Of(file.SafeFileHandle) is { } status && CacheTrust.Describe(path, status) is { } problem)
        {
            file.Dispose();
            throw new IOException(problem.Reason);
        }

        return file;
    }
}
