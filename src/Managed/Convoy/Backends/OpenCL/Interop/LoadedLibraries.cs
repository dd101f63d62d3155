namespace Convoy.Backends.OpenCL.Interop;

/// <summary>Which file a loaded library came from, where the system lets one ask (Linux).</summary>
internal static class LoadedLibraries
{
    private const string Maps = "/proc/self/maps";

    /// <summary>The file behind a library that was loaded by name; null where it cannot be told.</summary>
    public static string? PathOf(string name)
    {
        if (Path.IsPathRooted(name))
        {
            return name;
        }

        if (!File.Exists(Maps))
        {
            return null;
        }

        try
        {
            // A line ends with the file, which may carry a longer version than the name: libOpenCL.so.1.0.0.
            return File.ReadLines(Maps)
                .Select(line => line.IndexOf('/') is var slash and >= 0 ? line[slash..] : "")
                .FirstOrDefault(path => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
