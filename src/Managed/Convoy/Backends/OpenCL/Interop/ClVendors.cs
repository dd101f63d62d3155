using System.Runtime.InteropServices;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A place where the loader looks for drivers.</summary>
/// <param name="Path">A folder, a file that registers a driver, or a driver's library.</param>
/// <param name="Source">The environment variable that names it; null for the usual place.</param>
/// <param name="Exists">Whether it is there.</param>
internal sealed record ClVendorPlace(string Path, string? Source, bool Exists);

/// <summary>
/// The drivers registered with the loader, found as it finds them on Linux: files *.icd in /etc/OpenCL/vendors, each naming
/// a library, unless OCL_ICD_VENDORS or OPENCL_VENDOR_PATH names another folder, file or library; besides those that
/// OCL_ICD_FILENAMES lists. Windows and macOS register drivers otherwise, so there the lists are empty.
/// </summary>
internal sealed class ClVendors
{
    /// <summary>The variable that names a folder of registrations (or a file, or a library) to take instead of the usual one.</summary>
    public const string FolderVariable = "OCL_ICD_VENDORS";

    private const string OtherFolderVariable = "OPENCL_VENDOR_PATH";
    private const string AddingVariable = "OCL_ICD_FILENAMES";
    private const string UsualFolder = "/etc/OpenCL/vendors";

    private readonly IReadOnlyList<ClVendorPlace> _places;
    private readonly IReadOnlyList<ClVendorFile> _files;

    private ClVendors(IReadOnlyList<ClVendorPlace> places, IReadOnlyList<ClVendorFile> files)
    {
        _places = places;
        _files = files;
    }

    /// <summary>The variables that say where drivers are registered.</summary>
    public static IReadOnlyList<string> Variables { get; } = [FolderVariable, OtherFolderVariable, AddingVariable];

    /// <summary>Where was looked.</summary>
    public IReadOnlyList<ClVendorPlace> Places => _places;

    /// <summary>What was found there.</summary>
    public IReadOnlyList<ClVendorFile> Files => _files;

    /// <summary>Looks for drivers, of which none is loaded; never throws.</summary>
    /// <param name="environment">Reads an environment variable.</param>
    /// <param name="usualFolder">Where they are registered when no variable says otherwise.</param>
    public static ClVendors Find(Func<string, string?> environment, string usualFolder = UsualFolder)
    {
        var places = new List<ClVendorPlace>();
        var files = new List<ClVendorFile>();
        if (OperatingSystem.IsWindows() || OperatingSystem.IsMacOS())
        {
            return new(places, files);
        }

        string? chosen = ((string[])[FolderVariable, OtherFolderVariable]).FirstOrDefault(name => !string.IsNullOrEmpty(environment(name)));
        Look(chosen is null ? usualFolder : environment(chosen)!, chosen);
        foreach (string place in (environment(AddingVariable) ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            Look(place, AddingVariable);
        }

        return new(places, files);

        void Look(string place, string? source)
        {
            places.Add(new(place, source, Path.Exists(place)));
            if (Directory.Exists(place) || source is null)
            {
                files.AddRange(ListFolder(place));
            }
            else
            {
                files.Add(place.EndsWith(ClVendorFile.Suffix, StringComparison.Ordinal)
                    ? ClVendorFile.Read(place, source)
                    : new(source, source, place, null));
            }
        }
    }

    /// <summary>The same drivers, each loaded to see whether that can be; a driver of which a problem is known is not.</summary>
    /// <param name="findProblem">What is known to be wrong with a driver; null where it may be loaded.</param>
    public ClVendors Load(Func<ClVendorFile, string?> findProblem) =>
        new(_places, [.. _files.Select(file => file with { Problem = file.Problem ?? findProblem(file) ?? LoadProblem(file.Library) })]);

    private static string? LoadProblem(string library)
    {
        string? problem = SharedLibraries.Load(library, out nint handle);
        if (problem is null)
        {
            NativeLibrary.Free(handle);
        }

        return problem;
    }

    private static IReadOnlyList<ClVendorFile> ListFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateFiles(folder, "*" + ClVendorFile.Suffix).Order(StringComparer.Ordinal).Select(file => ClVendorFile.Read(file, null))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [new(folder, null, "", e.Message)];
        }
    }
}
