using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>
/// What a verdict was reached on, line by line: the drivers' files with their times and sizes, and the variables that choose
/// among them. Where any of it changes, a library that was replaced for one, a verdict holds no more.
/// </summary>
internal static class TrialSubject
{
    private const string LinkerFolders = "LD_LIBRARY_PATH";

    // Where a library of no path lies only the linker knows; its cache is written anew whenever one is installed.
    private const string LinkerCache = "/etc/ld.so.cache";

    private static readonly string[] Variables =
        [ClLoader.LibraryVariable, .. ClVendors.Variables, "OPENCL_LAYERS", LinkerFolders, "LD_PRELOAD", TrialPatience.Variable];

    /// <summary>The lines; never throws.</summary>
    public static string[] Describe(ClVendors vendors, Func<string, string?> environment)
    {
        string[] folders = (environment(LinkerFolders) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> libraries = vendors.Files.Select(file => file.Library).Append(environment(ClLoader.LibraryVariable) ?? "").Where(name => name.Length > 0);
        IEnumerable<string> files =
        [
            .. vendors.Files.Select(file => file.File),
            .. libraries.SelectMany(name => name.Contains('/') ? [name] : folders.Select(folder => Path.Combine(folder, name))),
            LinkerCache,
        ];
        return
        [
            .. Variables.Select(name => $"{name}={environment(name)}"),
            .. vendors.Files.Select(file => $"{file.File} registers {file.Library}"),
            .. files.Select(Stamp),
        ];
    }

    private static string Stamp(string path)
    {
        try
        {
            FileSystemInfo file = new FileInfo(path);
            return (file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is FileInfo { Exists: true } target
                ? FormattableString.Invariant($"{path}: {target.Length} bytes, {target.LastWriteTimeUtc:O}")
                : $"{path}: nothing";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {e.Message}";
        }
    }
}
