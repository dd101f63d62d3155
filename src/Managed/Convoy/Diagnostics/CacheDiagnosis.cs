using Convoy.Backends;

namespace Convoy.Diagnostics;

/// <summary>A folder in which something is kept for the next start.</summary>
/// <param name="Keeps">What is kept there: "tuning": what algorithms were measured to take; "programs": built for OpenCL.</param>
/// <param name="Path">The folder; null where there is none.</param>
/// <param name="Problem">Why it cannot be written, mostly in the system's words; null when it can.</param>
public sealed record CacheFolderDiagnosis(string Keeps, string? Path, string? Problem)
{
    /// <summary>True when the folder can be written.</summary>
    public bool IsWritable => Path is not null && Problem is null;
}

/// <summary>Whether what was measured and built is kept for the next start.</summary>
/// <param name="Sentence">What is, and what to do about it.</param>
/// <param name="Folders">The folders, which may be one and the same.</param>
public sealed record CacheDiagnosis(string Sentence, ImmutableArray<CacheFolderDiagnosis> Folders)
{
    /// <summary>Writes to the folders as the caches do; never throws.</summary>
    internal static CacheDiagnosis Examine()
    {
        ImmutableArray<CacheFolderDiagnosis> folders = [Try(CacheFolder.Tuning), Try(CacheFolder.Programs)];
        return new(Describe(folders), folders);
    }

    private static string Describe(ImmutableArray<CacheFolderDiagnosis> folders)
    {
        if (folders.Any(folder => folder.Path is null))
        {
            return Environment.GetEnvironmentVariable(CacheFolder.Variable) is { Length: > 0 }
                ? $"The cache is disabled ({CacheFolder.Variable}=off): algorithms are chosen by their estimated cost alone, and OpenCL's programs built at every start."
                : $"This user has no folder for caches, so that each start measures and builds again; set {CacheFolder.Variable} to a folder that can be written.";
        }

        return folders.FirstOrDefault(folder => !folder.IsWritable) is { } broken
            ? $"The cache folder '{broken.Path}' cannot be written ({broken.Problem}), so that each start measures or builds again; make it writable, or set {CacheFolder.Variable} to a folder that is."
            : $"The cache can be written, in {string.Join(" and ", folders.Select(folder => folder.Path).Distinct())}.";
    }

    private static CacheFolderDiagnosis Try(string kind)
    {
        if (CacheFolder.Find(Environment.GetEnvironmentVariable, kind) is not { } folder)
        {
            return new(kind, null, null);
        }

        string file = System.IO.Path.Combine(folder, $"doctor.{Guid.NewGuid():N}.tmp");
        try
        {
            CacheFolder.Create(folder);
            File.WriteAllBytes(file, [0]);
            File.Delete(file);
            return new(kind, folder, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(kind, folder, e.Message.TrimEnd('.'));
        }
    }
}
