using Convoy.Files;

namespace Convoy.Backends;

/// <summary>
/// Whether what lies in the cache can have come from this user alone: programs there are run, and times believed. Looked at on
/// Linux, where the owner is known; on Windows and macOS folders for caches are the user's by the system's own making.
/// </summary>
internal static class CacheTrust
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Why a cache folder is not to be used; null when it is, or is not there yet and can be made.</summary>
    public static CacheProblem? FindProblem(string folder)
    {
        folder = Path.GetFullPath(folder);
        if (FileStatus.Of(folder) is { } status && Describe(folder, status) is { } problem)
        {
            return problem;
        }

        // Who may write to a folder above may put another in its place, but for a sticky one such as /tmp.
        for (string? above = Path.GetDirectoryName(folder); above is not null; above = Path.GetDirectoryName(above))
        {
            if (FileStatus.Of(above) is { Mode: var mode } && (mode & WritableByOthers) != 0 && !mode.HasFlag(UnixFileMode.StickyBit))
            {
                return Shared(above, mode);
            }
        }

        return null;
    }

    /// <summary>Refuses a cache folder that is not to be used.</summary>
    /// <exception cref="IOException">Others could write there too.</exception>
    public static void ThrowIfUntrusted(string folder)
    {
        if (FindProblem(folder) is { } problem)
        {
            throw new IOException(problem.Reason);
        }
    }

    /// <summary>Why a file or folder that is there cannot be trusted by itself; null when it can.</summary>
    public static CacheProblem? Describe(string path, FileStatus status) =>
        status.Owner != Libc.GetUser()
            ? new($"'{path}' belongs to another user, {status.Owner}", $"remove it, if that is in your power, or set {CacheFolder.Variable} to a folder of your own")
        : (status.Mode & WritableByOthers) != 0 ? Shared(path, status.Mode)
        : null;

    private static CacheProblem Shared(string path, UnixFileMode mode) => new(
        $"others may write to '{path}', of mode {Convert.ToString((int)mode, 8)}",
        $"take that from them (chmod go-w '{path}'), or set {CacheFolder.Variable} to a folder of your own");
}
