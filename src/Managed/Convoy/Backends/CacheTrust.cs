using Convoy.Files;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Backends;

/// <summary>
/// Whether what lies in the cache can have come from this user alone: programs there are run, and times believed. Looked at on
/// Linux, and on macOS as far as others may write, for .NET does not tell the owner; on Windows a user's folders are his by the
/// system's own making, and of one that CONVOY_CACHE names elsewhere nothing is known.
/// </summary>
internal static class CacheTrust
{
    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Why a cache folder is not to be used; null when it is, or is not there yet and can be made.</summary>
    public static CacheProblem? FindProblem(string folder)
    {
        folder = Path.GetFullPath(folder);
        try
        {
            return FileStatus.Require(folder) is { } status && Describe(folder, status) is { } problem ? problem : FindProblemAbove(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new($"'{folder}': {e.Message.TrimEnd('.')}", $"set {CacheFolder.Variable} to another folder of your own");
        }
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

    /// <summary>Refuses an open file that is not to be used, whatever its folder.</summary>
    /// <exception cref="IOException">Others could write to it too, or the system does not tell.</exception>
    public static void ThrowIfUntrusted(string path, SafeFileHandle file)
    {
        if (FileStatus.Require(file) is { } status && Describe(path, status) is { } problem)
        {
            throw new IOException(problem.Reason);
        }
    }

    /// <summary>Who may write to a folder above, or above what a link leads to, may put another in its place, but for a sticky one such as /tmp.</summary>
    private static CacheProblem? FindProblemAbove(string path)
    {
        for (string? each = path; Path.GetDirectoryName(each) is { } above; each = above)
        {
            if (FileStatus.Require(above) is { Mode: var mode } && (mode & WritableByOthers) != 0 && !mode.HasFlag(UnixFileMode.StickyBit))
            {
                return Shared(above, mode);
            }

            if (new FileInfo(each).LinkTarget is { } target && FindProblemAbove(Path.GetFullPath(target, above)) is { } problem)
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>Why a file or folder that is there cannot be trusted by itself; null when it can.</summary>
    private static CacheProblem? Describe(string path, FileStatus status) =>
        status.Owner is { } owner && owner != Libc.GetUser()
            ? new($"'{path}' belongs to another user, {owner}", $"remove it, if that is in your power, or set {CacheFolder.Variable} to a folder of your own")
        : (status.Mode & WritableByOthers) != 0 ? Shared(path, status.Mode)
        : null;

    private static CacheProblem Shared(string path, UnixFileMode mode) => new(
        $"others may write to '{path}', of mode {Convert.ToString((int)mode, 8)}",
        $"take that from them (chmod go-w '{path}'), or set {CacheFolder.Variable} to a folder of your own");
}
