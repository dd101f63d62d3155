using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A name under which the OpenCL loader was looked for, and whether it was there.</summary>
/// <param name="Name">What was asked for: a library's name or a path.</param>
/// <param name="Found">Whether the system loaded it.</param>
/// <param name="Path">The file it came from, where the system tells.</param>
internal sealed record ClLoaderAttempt(string Name, bool Found, string? Path);

/// <summary>
/// Finds the OpenCL loader (the ICD loader: the library that hands calls on to the vendors' drivers). Looking is done here
/// and not by Silk.NET, so that a missing loader is an answer with the names that were tried, and not an exception.
/// </summary>
internal sealed class ClLoader
{
    /// <summary>The environment variable that names the loader's library, for one that lies in an unusual place.</summary>
    public const string LibraryVariable = "CONVOY_OPENCL_LIBRARY";

    // Came with OpenCL 1.2: a loader without it is older than everything else here expects.
    private const string FirstCallOf12 = "clEnqueueFillBuffer";

    private static readonly Lazy<ClLoader> SharedLoader = new(() => new ClLoader(NamesFor(Environment.GetEnvironmentVariable(LibraryVariable))));

    public ClLoader(IEnumerable<string> names)
    {
        var attempts = new List<ClLoaderAttempt>();
        Attempts = attempts;
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                attempts.Add(new(name, false, null));
                continue;
            }

            attempts.Add(new(name, true, LoadedLibraries.PathOf(name)));
            if (NativeLibrary.TryGetExport(library, FirstCallOf12, out _))
            {
                Context = new LibraryContext(library);
                return;
            }

            Problem = $"The OpenCL loader '{name}' is older than OpenCL 1.2; install a current one.";
        }

        Problem ??= $"No OpenCL loader was found (looked for {string.Join(", ", attempts.Select(attempt => attempt.Name))}); {InstallHint()}.";
    }

    /// <summary>The process's one loader, looked for on first use.</summary>
    public static ClLoader Shared => SharedLoader.Value;

    /// <summary>What was tried, in order; the last one is the one in use where there is any.</summary>
    public IReadOnlyList<ClLoaderAttempt> Attempts { get; }

    /// <summary>Why there is no loader, in a sentence with what to install; null when there is one.</summary>
    public string? Problem { get; }

    /// <summary>The loader's functions; null when there is none.</summary>
    public INativeContext? Context { get; }

    /// <summary>The library that was named, and no other; else the system's usual names.</summary>
    private static string[] NamesFor(string? chosen)
    {
        if (!string.IsNullOrEmpty(chosen))
        {
            return [chosen];
        }

        if (OperatingSystem.IsWindows())
        {
            return ["OpenCL.dll"];
        }

        return OperatingSystem.IsMacOS()
            ? ["/System/Library/Frameworks/OpenCL.framework/OpenCL"]
            : ["libOpenCL.so.1", "libOpenCL.so"];
    }

    private static string InstallHint()
    {
        if (OperatingSystem.IsWindows())
        {
            return "install the graphics card's driver, which brings OpenCL.dll";
        }

        return OperatingSystem.IsMacOS()
            ? "OpenCL comes with macOS, so the system is incomplete"
            : "install ocl-icd-libopencl1 (Debian, Ubuntu) or ocl-icd (Fedora, Alpine)";
    }

    /// <summary>Silk.NET's way to a function's address, over a library that is loaded for the life of the process.</summary>
    private sealed class LibraryContext(nint library) : INativeContext
    {
        public nint GetProcAddress(string proc, int? slot = null) => NativeLibrary.GetExport(library, proc);

        [SuppressMessage("Naming", "CA1725", Justification = "Silk.NET's own names are abbreviations.")]
        public bool TryGetProcAddress(string proc, out nint address, int? slot = null) =>
            NativeLibrary.TryGetExport(library, proc, out address);

        public void Dispose()
        {
        }
    }
}
