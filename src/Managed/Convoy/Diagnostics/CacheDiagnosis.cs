using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Trials;
using Convoy.Backends.OpenCL.Verification;
using Convoy.Profiling;

namespace Convoy.Diagnostics;

/// <summary>A folder in which something is kept for the next start.</summary>
/// <param name="Keeps">What is kept there: "tuning": what algorithms were measured to take, and devices to do at best; "programs": built for OpenCL; "drivers": which are not to be loaded.</param>
/// <param name="Path">The folder; null where there is none.</param>
/// <param name="Problem">Why it is not used, or not all of it; null when it is.</param>
/// <param name="Remedy">What to do about that.</param>
public sealed record CacheFolderDiagnosis(string Keeps, string? Path, string? Problem, string? Remedy)
{
    /// <summary>True when the folder, and all that is there already, can be used.</summary>
    public bool IsUsable => Path is not null && Problem is null;
}

/// <summary>Whether what was measured and built is kept for the next start.</summary>
/// <param name="Sentence">What is, and what to do about it.</param>
/// <param name="Folders">The folders, which may be one and the same.</param>
public sealed record CacheDiagnosis(string Sentence, ImmutableArray<CacheFolderDiagnosis> Folders)
{
    /// <summary>Writes to the folders as the caches do, and looks at what is there; never throws.</summary>
    internal static CacheDiagnosis Examine()
    {
        ImmutableArray<CacheFolderDiagnosis> folders =
        [
            Try(CacheFolder.Tuning, (TuningCache.FileName, TuningFile.MaximumBytes), (PeaksFile.FileName, PeaksFile.MaximumBytes)),
            Try(CacheFolder.Programs, ($"*{ProgramCache.EntrySuffix}", ProgramCache.DefaultMaximumEntryBytes)),
            Try(
                CacheFolder.Drivers,
                (DriverVerdictFile.FileName, DriverVerdictFile.MostBytes),
                (KernelVerdictFile.FileName, KernelVerdictFile.MostBytes)),
        ];
        return new(Describe(folders), folders);
    }

    private static string Describe(ImmutableArray<CacheFolderDiagnosis> folders)
    {
        if (folders.Any(folder => folder.Path is null))
        {
            return Environment.GetEnvironmentVariable(CacheFolder.Variable) is { Length: > 0 }
                ? $"The cache is disabled ({CacheFolder.Variable}=off): algorithms are chosen by their estimated cost alone, and OpenCL's programs built at every start."
                : $"This user has no home folder to keep a cache in, so that each start measures and builds again; set {CacheFolder.Variable} to a folder that can be written.";
        }

        return folders.FirstOrDefault(folder => !folder.IsUsable) is { } broken
            ? $"The cache folder '{broken.Path}' cannot be used ({broken.Problem}), so that each start measures or builds again; {broken.Remedy}."
            : $"The cache can be written, in {string.Join(" and ", folders.Select(folder => folder.Path).Distinct())}.";
    }

    private static CacheFolderDiagnosis Try(string kind, params (string Names, int MostBytes)[] files)
    {
        if (CacheFolder.Find(Environment.GetEnvironmentVariable, kind) is not { } folder)
        {
            return new(kind, null, null, null);
        }

        CacheProblem? problem = CacheTrust.FindProblem(folder) ?? Use(folder, files);
        return new(kind, folder, problem?.Reason, problem?.Remedy);
    }

    /// <summary>What is wrong with writing there, or with the first file of those that are there already.</summary>
    private static CacheProblem? Use(string folder, (string Names, int MostBytes)[] files)
    {
        string file = System.IO.Path.Combine(folder, $"doctor.{Guid.NewGuid():N}.tmp");
        try
        {
            CacheFile.Write(file, [0]);
            File.Delete(file);
            return files
                .SelectMany(kind => Directory.EnumerateFileSystemEntries(folder, kind.Names).Order(StringComparer.Ordinal)
                    .Select(each => CacheFile.FindProblem(each, kind.MostBytes)))
                .FirstOrDefault(problem => problem is not null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new($"it cannot be written: {e.Message.TrimEnd('.')}", $"make it writable, or set {CacheFolder.Variable} to a folder that is");
        }
    }
}
