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
        return RegularFile.ReadAllBytes(file);
    }

    /// <summary>Writes a file, and its folder if need be; removes what processes that died while they wrote it left.</summary>
    /// <exception cref="IOException">The folder is not to be used, what is there is no regular file, or the system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string folder = Path.GetDirectoryName(path)!;
        CacheFolder.Create(folder);
        AtomicFile.Write(path, content, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        AtomicFile.RemoveLeftovers(folder);
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

        try
        {
            // What was opened is looked at, which the name may no longer stand for.
            CacheTrust.ThrowIfUntrusted(path, file.SafeFileHandle);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
