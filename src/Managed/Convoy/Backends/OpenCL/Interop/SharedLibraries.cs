using System.Runtime.InteropServices;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>Loads libraries by name, and reports why one does not load or which file one came from.</summary>
internal static class SharedLibraries
{
    private const string Maps = "/proc/self/maps";

    /// <summary>Loads a library; returns why that cannot be, in the system's words, or null.</summary>
    public static string? Load(string name, out nint library)
    {
        try
        {
            library = NativeLibrary.Load(name);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            // The runtime's advice comes first; the linker's own words, which name what is missing, come last, behind the
            // library's name, which is known.
            library = 0;
            string words = e.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? e.GetType().Name;
            string prefix = $"{name}: ";
            return words.StartsWith(prefix, StringComparison.Ordinal) ? words[prefix.Length..] : words;
        }
    }

    /// <summary>The file behind a loaded library; null where the system does not report it (Linux does).</summary>
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
