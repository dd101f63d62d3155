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
    // Who may put another folder in any place whatsoever.
    private const uint Root = 0;

    private const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    /// <summary>Why a cache folder is not to be used; null when it is, or is not there yet and can be made.</summary>
    public static CacheProblem? FindProblem(string folder)
    {
        try
        {
            folder = FileNames.GetFullPath(folder);
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

    /// <summary>
    /// Whose a folder above is, or one above what a link leads to, may put another in its place; so may who else may write there,
    /// but for a sticky one such as /tmp.
    /// </summary>
    private static CacheProblem? FindProblemAbove(string path)
    {
        for (string? each = path; Path.GetDirectoryName(each) is { } above; each = above)
        {
            if (FileStatus.Require(above) is { } status && DescribeAbove(above, status) is { } problem)
            {
                return problem;
            }

            if (new FileInfo(each).LinkTarget is { } target && (DescribeLink(each) ?? FindProblemAbove(Path.GetFullPath(target, above))) is { } beyond)
            {
                return beyond;
            }
        }

        return null;
    }

    /// <summary>Why a folder cannot be trusted to keep what is below it where it is; null when it can.</summary>
    private static CacheProblem? DescribeAbove(string path, FileStatus status) =>
        DescribeOwner(path, status.Owner)
        ?? ((status.Mode & WritableByOthers) != 0 && !status.Mode.HasFlag(UnixFileMode.StickyBit) ? Shared(path, status.Mode) : null);

    /// <summary>Why a link cannot be trusted to lead where it does; null when it can.</summary>
    private static CacheProblem? DescribeLink(string path) => DescribeOwner(path, FileStatus.OwnerOfLink(path));

    private static CacheProblem? DescribeOwner(string path, uint? owner) => owner is { } other and not Root && other != Libc.GetUser()
        ? OfAnotherUser(path, other, $"set {CacheFolder.Variable} to a folder below none but your own")
        : null;

    /// <summary>Why a file or folder that is there cannot be trusted by itself; null when it can.</summary>
    private static CacheProblem? Describe(string path, FileStatus status) =>
        status.Owner is { } owner && owner != Libc.GetUser()
            ? OfAnotherUser(path, owner, $"remove it, if that is in your power, or set {CacheFolder.Variable} to a folder of your own")
        : (status.Mode & WritableByOthers) != 0 ? Shared(path, status.Mode)
        : null;

    private static CacheProblem OfAnotherUser(string path, uint owner, string remedy) => new($"'{path}' belongs to another user, {owner}", remedy);

    private static CacheProblem Shared(string path, UnixFileMode mode) => new(
        $"others may write to '{path}', of mode {Convert.ToString((int)mode, 8)}",
        $"take that from them (chmod go-w '{path}'), or set {CacheFolder.Variable} to a folder of your own");
}
