using Convoy.Files;

namespace Convoy.Backends;

/// <summary>Where what is found out on a user's machine is kept for the next start: built programs, measured times.</summary>
internal static class CacheFolder
{
    /// <summary>The environment variable that moves the cache to another folder, or with "off" disables it.</summary>
    public const string Variable = "CONVOY_CACHE";

    /// <summary>What algorithms were measured to take, and devices to do at best, as a kind of what is kept.</summary>
    public const string Tuning = "tuning";

    /// <summary>Built programs, as a kind of what is kept.</summary>
    public const string Programs = "programs";

    /// <summary>Which OpenCL drivers are not to be loaded, as a kind of what is kept.</summary>
    public const string Drivers = "drivers";

    // Empty where there is none, as it was before drivers were loaded: PoCL makes a home that is missing.
    private static readonly string Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);

    /// <summary>The folder, which need not be there yet; null when the cache is disabled or the user has no place for one.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="kind">What is kept: the folder's name below the system's folder for caches. A folder of the user's has no such parts.</param>
    public static string? Find(Func<string, string?> environment, string kind)
    {
        string? chosen = environment(Variable);
        if (string.Equals(chosen, "off", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (!string.IsNullOrEmpty(chosen))
        {
            return FullPath(chosen);
        }

        if (OperatingSystem.IsWindows())
        {
            return Below(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "Convoy", kind);
        }

        if (OperatingSystem.IsMacOS())
        {
            return Below(Home, "Library", "Caches", "Convoy", kind);
        }

        // The specification of XDG_CACHE_HOME has relative paths ignored.
        return environment("XDG_CACHE_HOME") is { } caches && Path.IsPathRooted(caches)
            ? Below(caches, "convoy", kind)
            : Below(Home, ".cache", "convoy", kind);
    }

    /// <summary>Makes the folder if need be, with what is missing above it: the user's alone, for what lies there is trusted.</summary>
    /// <exception cref="IOException">Others could write there too, or the system refuses.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refuses.</exception>
    public static void Create(string folder)
    {
        CacheTrust.ThrowIfUntrusted(folder);
        if (!Directory.Exists(folder))
        {
            Make(folder);
            CacheTrust.ThrowIfUntrusted(folder);
        }
    }

    /// <summary>Level by level: .NET would give only the last one the mode, and those above it what umask leaves.</summary>
    private static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else if (!Directory.Exists(folder))
        {
            Make(Path.GetDirectoryName(folder)!);
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static string FullPath(string folder)
    {
        try
        {
            return FileNames.GetFullPath(folder);
        }
        catch (IOException)
        {
            // It cannot be used, and doctor tells why; all else goes on.
            return folder;
        }
    }

    private static string? Below(string root, params ReadOnlySpan<string> folders) =>
        root.Length == 0 ? null : Path.Combine([root, .. folders]);
}
