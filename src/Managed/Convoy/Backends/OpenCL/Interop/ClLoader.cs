using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Silk.NET.Core.Contexts;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A name under which the OpenCL loader was looked for.</summary>
/// <param name="Name">What was asked for: a library's name or a path.</param>
/// <param name="Problem">Why it could not be loaded, in the system's words; null when it could.</param>
/// <param name="Path">The file it came from, where the system reports it.</param>
internal sealed record ClLoaderAttempt(string Name, string? Problem, string? Path);

/// <summary>
/// Finds the OpenCL loader (the ICD loader: the library that hands calls on to the vendors' drivers). Looking is done here
/// and not by Silk.NET, so that a missing loader is a result with the names that were tried, and not an exception.
/// </summary>
internal sealed class ClLoader
{
    /// <summary>The environment variable that names the loader's library, for one that lies in an unusual place.</summary>
    public const string LibraryVariable = "CONVOY_OPENCL_LIBRARY";

    // Came with OpenCL 1.2: a loader without it is older than everything else here expects.
    private const string FirstCallOf12 = "clEnqueueFillBuffer";

    private static readonly Lazy<ClLoader> SharedLoader = new(() =>
    {
        (string[] names, string advice) = Choose();
        return new(names, advice);
    });

    private readonly List<ClLoaderAttempt> _attempts = [];

    private ClLoader(ClLoaderAttempt untried, string problem)
    {
        _attempts.Add(untried);
        Problem = problem;
        IsPassedOver = true;
    }

    /// <summary>Tries names in turn.</summary>
    /// <param name="names">Names of libraries, or paths.</param>
    /// <param name="advice">What to do when none can be loaded: "install ...".</param>
    public ClLoader(IReadOnlyList<string> names, string advice)
    {
        foreach (string name in names)
        {
            string? problem = SharedLibraries.Load(name, out nint library);
            if (problem is null && !NativeLibrary.TryGetExport(library, FirstCallOf12, out _))
            {
                problem = $"it has no {FirstCallOf12}, so it is older than OpenCL 1.2 or something else";
            }

            _attempts.Add(new(name, problem, problem is null ? SharedLibraries.PathOf(name) : null));
            if (problem is null)
            {
                Context = new LibraryContext(library);
                return;
            }
        }

        Problem = $"No OpenCL loader was found ({string.Join("; ", _attempts.Select(attempt => $"{attempt.Name}: {attempt.Problem}"))}); {advice}.";
    }

    /// <summary>The process's one loader, looked for on first use.</summary>
    public static ClLoader Shared => SharedLoader.Value;

    /// <summary>A loader that is not loaded, because of what became of the process that tried it.</summary>
    /// <param name="what">What that was: "ended the process that tried it (SIGABRT)".</param>
    /// <param name="isForOnce">True where the next process may have more luck.</param>
    public static ClLoader PassOver(string what, bool isForOnce)
    {
        (string[] names, string advice) = Choose();
        string remedy = isForOnce ? "try once more" : $"{advice} ('convoy doctor' tries it again)";
        return new(new ClLoaderAttempt(names[0], what, null), $"The OpenCL loader '{names[0]}' {what}, so it is passed over; {remedy}.");
    }

    /// <summary>What was tried, in order; the last one is the one in use where there is any.</summary>
    public IReadOnlyList<ClLoaderAttempt> Attempts => _attempts;

    /// <summary>Why there is no loader, in a sentence with what to do; null when there is one.</summary>
    public string? Problem { get; }

    /// <summary>True where it was not even tried, because it brings down the process that loads it.</summary>
    public bool IsPassedOver { get; }

    /// <summary>The loader's functions; null when there is none.</summary>
    public INativeContext? Context { get; }

    /// <summary>The library that was chosen, and no other; else by the system's usual names.</summary>
    private static (string[] Names, string Advice) Choose()
    {
        if (Environment.GetEnvironmentVariable(LibraryVariable) is { Length: > 0 } chosen)
        {
            return ([chosen], $"correct or unset {LibraryVariable}, which names it");
        }

        if (OperatingSystem.IsWindows())
        {
            return (["OpenCL.dll"], "install the graphics card's driver, which brings it");
        }

        return OperatingSystem.IsMacOS()
            ? (["/System/Library/Frameworks/OpenCL.framework/OpenCL"], "it is part of macOS, so the system needs repair")
            : (["libOpenCL.so.1", "libOpenCL.so"], "install ocl-icd-libopencl1 (Debian, Ubuntu), ocl-icd (Fedora) or opencl-icd-loader (Alpine)");
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
