using System.Runtime.InteropServices;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A place where the loader looks for drivers.</summary>
/// <param name="Path">A folder, a file that registers a driver, or a driver's library.</param>
/// <param name="Source">The environment variable that names it; null for the usual place.</param>
/// <param name="Exists">Whether it is there.</param>
internal sealed record ClVendorPlace(string Path, string? Source, bool Exists);

/// <summary>A driver registered with the loader.</summary>
/// <param name="File">The file that registers it, or the variable that names its library.</param>
/// <param name="Library">The library it names; empty when the file names none.</param>
/// <param name="Problem">Why the library cannot be loaded; null when it can.</param>
internal sealed record ClVendorFile(string File, string Library, string? Problem)
{
    public bool Loads => Problem is null;
}

/// <summary>
/// The drivers registered with the loader, found as it finds them on Linux: files *.icd in /etc/OpenCL/vendors, each naming
/// a library, unless OCL_ICD_VENDORS or OPENCL_VENDOR_PATH names another folder, file or library; besides those that
/// OCL_ICD_FILENAMES lists. Windows and macOS register drivers otherwise, so there the lists are empty.
/// </summary>
internal sealed class ClVendors
{
    private const string UsualFolder = "/etc/OpenCL/vendors";
    private const string FileSuffix = ".icd";
    private const string AddingVariable = "OCL_ICD_FILENAMES";

    private static readonly string[] ReplacingVariables = ["OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"];

    private readonly List<ClVendorPlace> _places = [];
    private readonly List<ClVendorFile> _files = [];

    private ClVendors()
    {
    }

    /// <summary>Where was looked.</summary>
    public IReadOnlyList<ClVendorPlace> Places => _places;

    /// <summary>What was found there.</summary>
    public IReadOnlyList<ClVendorFile> Files => _files;

    /// <summary>Looks for drivers; never throws.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="usualFolder">Where they are registered when no variable says otherwise.</param>
    public static ClVendors Find(Func<string, string?> environment, string usualFolder = UsualFolder)
    {
        var vendors = new ClVendors();
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            return vendors;
        }

        string? chosen = ReplacingVariables.FirstOrDefault(name => !string.IsNullOrEmpty(environment(name)));
        vendors.Look(chosen is null ? usualFolder : environment(chosen)!, chosen);

        foreach (string place in (environment(AddingVariable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            vendors.Look(place, AddingVariable);
        }

        return vendors;
    }

    private static string? LoadProblem(string library)
    {
        string? problem = SharedLibraries.Load(library, out nint handle);
        if (problem is null)
        {
            NativeLibrary.Free(handle);
        }

        return problem;
    }

    private void Look(string place, string? source)
    {
        _places.Add(new(place, source, Path.Exists(place)));
        if (Directory.Exists(place) || source is null)
        {
            LookInFolder(place);
        }
        else if (place.EndsWith(FileSuffix, StringComparison.Ordinal))
        {
            _files.Add(Read(place));
        }
        else
        {
            _files.Add(new(source, place, LoadProblem(place)));
        }
    }

    private void LookInFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        try
        {
            _files.AddRange(Directory.EnumerateFiles(folder, "*" + FileSuffix).Order(StringComparer.Ordinal).Select(Read));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _files.Add(new(folder, "", e.Message));
        }
    }

    private static ClVendorFile Read(string file)
    {
        try
        {
            string library = File.ReadLines(file).FirstOrDefault()?.Trim() ?? "";
            return new(file, library, library.Length == 0 ? "The file names no library." : LoadProblem(library));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(file, "", e.Message);
        }
    }
}
