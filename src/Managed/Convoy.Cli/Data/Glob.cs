using System.IO.Enumeration;

namespace Convoy.Cli.Data;

/// <summary>Finds the files that a pattern with *, ? and ** matches, folder by folder, in the order of names.</summary>
internal static class Glob
{
    private const string AnyDepth = "**";
    private static readonly string[] AnyName = ["*"];

    /// <summary>True where a path has a wildcard.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>The files that match; a folder that cannot be listed yields its error.</summary>
    public static IEnumerable<ImagePath> Expand(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        char[] separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];
        string[] segments = pattern[root.Length..].Split(separators, StringSplitOptions.RemoveEmptyEntries);
        return Match(root, segments);
    }

    private static IEnumerable<ImagePath> Match(string folder, ReadOnlyMemory<string> segments)
    {
        string segment = segments.Span[0];
        ReadOnlyMemory<string> rest = segments[1..];
        if (!IsPattern(segment))
        {
            string path = Path.Combine(folder, segment);
            return rest.Length > 0
                ? Directory.Exists(path) ? Match(path, rest) : []
                : File.Exists(path) ? [new ImagePath(path)] : [];
        }

        if (segment == AnyDepth)
        {
            // No folder, or one and again any depth; at the end, every file.
            IEnumerable<ImagePath> here = Match(folder, rest.Length > 0 ? rest : AnyName);
            return here.Concat(InFolders(folder, AnyName[0], segments));
        }

        return rest.Length > 0 ? InFolders(folder, segment, rest) : FilesIn(folder, segment);
    }

    private static IEnumerable<ImagePath> InFolders(string folder, string segment, ReadOnlyMemory<string> rest)
    {
        FolderListing listing = List(folder);
        if (listing.Error is { } error)
        {
            yield return new ImagePath(folder, error);
        }

        foreach (ImagePath image in listing.Folders.Where(name => IsMatch(segment, name)).SelectMany(name => Match(Path.Combine(folder, name), rest)))
        {
            yield return image;
        }
    }

    private static IEnumerable<ImagePath> FilesIn(string folder, string segment)
    {
        FolderListing listing = List(folder);
        if (listing.Error is { } error)
        {
            return [new ImagePath(folder, error)];
        }

        return listing.Files.Where(name => IsMatch(segment, name)).Select(name => new ImagePath(Path.Combine(folder, name)));
    }

    private static FolderListing List(string folder) => FolderListing.Read(folder.Length == 0 ? "." : folder);

    private static bool IsMatch(string segment, string name) =>
        FileSystemName.MatchesSimpleExpression(segment, name, ignoreCase: OperatingSystem.IsWindows());
}
