using System.Runtime.InteropServices;
using Convoy.Backends.Native;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Diagnostics;

/// <summary>
/// Looks for the C library where the runtime does: in the folders the host names (the application's, the framework's), beside
/// the application, and then wherever the system's linker looks.
/// </summary>
internal static class NativeLibrarySearch
{
    private const string FoldersOfTheHost = "NATIVE_DLL_SEARCH_DIRECTORIES";

    private static string FileName =>
        OperatingSystem.IsWindows() ? $"{NativeMethods.Library}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{NativeMethods.Library}.dylib"
        : $"lib{NativeMethods.Library}.so";

    /// <summary>Tries the places until the library loads, and leaves the process as it was.</summary>
    public static IEnumerable<LibraryAttempt> Look()
    {
        foreach (string place in Places())
        {
            LibraryAttempt attempt = Try(place);
            yield return attempt;
            if (attempt.Loads)
            {
                yield break;
            }
        }
    }

    private static IEnumerable<string> Places()
    {
        string[] named = (AppContext.GetData(FoldersOfTheHost) as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> folders = named.Append(AppContext.BaseDirectory).Select(Path.TrimEndingDirectorySeparator).Distinct();
        return folders.Select(folder => Path.Combine(folder, FileName)).Append(FileName);
    }

    private static LibraryAttempt Try(string name)
    {
        if (Path.IsPathRooted(name) && !File.Exists(name))
        {
            return new(name, null, "there is no such file");
        }

        if (SharedLibraries.Load(name, out nint library) is { } problem)
        {
            return new(name, null, problem);
        }

        string? file = SharedLibraries.PathOf(name);
        NativeLibrary.Free(library);
        return new(name, file, null);
    }
}
