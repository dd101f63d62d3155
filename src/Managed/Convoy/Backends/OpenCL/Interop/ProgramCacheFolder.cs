namespace Convoy.Backends.OpenCL.Interop;

/// <summary>Where a user's cached programs belong.</summary>
internal static class ProgramCacheFolder
{
    /// <summary>The environment variable that moves the cache to another folder, or with "off" disables it.</summary>
    public const string Variable = "CONVOY_CACHE";

    /// <summary>The folder, which need not be there yet; null when the cache is disabled or the user has no place for one.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    public static string? Find(Func<string, string?> environment)
    {
        string? chosen = environment(Variable);
        if (string.Equals(chosen, "off", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        if (!string.IsNullOrEmpty(chosen))
        {
            return Path.GetFullPath(chosen);
        }

        if (OperatingSystem.IsWindows())
        {
            return Below(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "Convoy");
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (OperatingSystem.IsMacOS())
        {
            return Below(home, "Library", "Caches", "Convoy");
        }

        // The specification of XDG_CACHE_HOME has relative paths ignored.
        return environment("XDG_CACHE_HOME") is { } caches && Path.IsPathRooted(caches)
            ? Below(caches, "convoy")
            : Below(home, ".cache", "convoy");
    }

    private static string? Below(string root, params ReadOnlySpan<string> folders) =>
        root.Length == 0 ? null : Path.Combine([root, .. folders, "programs"]);
}
