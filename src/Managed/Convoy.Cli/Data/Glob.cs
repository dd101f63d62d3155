using System.IO.Enumeration;

namespace Convoy.Cli.Data;

/// <summary>
/// Finds the files that a pattern with *, ? and ** matches: a folder's by name, then those of the folders in it. Where a part
/// has a wildcard, capitals do not matter, as they do not in a folder's extensions.
/// </summary>
/// <remarks>
/// A folder is listed once, whichever parts of the pattern its entries may match: it comes with the positions of all of them.
/// So a file comes once, however many ** would lead to it, and the time grows with the files alone.
/// </remarks>
internal sealed class Glob
{
    private const string AnyDepth = "**";
    private const string AnyName = "*";
    private const string Here = ".";
    private const string Above = "..";

    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    // How the file system compares names, so that one which is listed is not taken for another.
    private static readonly StringComparer Names =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private readonly string _root;
    private readonly string[] _parts;

    private Glob(string root, IEnumerable<string> parts)
    {
        var list = new List<string>();
        foreach (string part in parts)
        {
            // Any depth twice is any depth, and here is nowhere else.
            if (list.Count == 0 || !(part == Here || (part == AnyDepth && list[^1] == AnyDepth)))
            {
                list.Add(part);
            }
        }

        // At the end, any depth means every file there.
        if (list[^1] == AnyDepth)
        {
            list.Add(AnyName);
        }

        _root = root;
        _parts = [.. list];
    }

    private int Last => _parts.Length - 1;

    /// <summary>True where a path has a wildcard.</summary>
    public static bool IsPattern(string path) => path.AsSpan().ContainsAny('*', '?');

    /// <summary>The pattern that a path with wildcards is.</summary>
    /// <exception cref="ConvoyException">It goes up again behind a wildcard, by which a file would come several times.</exception>
    public static Glob Parse(string pattern)
    {
        string root = Path.GetPathRoot(pattern) ?? "";
        string[] parts = pattern[root.Length..].Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        return parts.SkipWhile(part => !IsPattern(part)).Contains(Above)
            ? throw new ConvoyException($"{pattern} goes up with {Above} behind a wildcard; put the {Above} in front.")
            : new Glob(root, parts);
    }

    /// <summary>Every file in a folder and below it.</summary>
    public static Glob AllIn(string folder) => new(folder, [AnyDepth]);

    /// <summary>The files that match. Folders are listed by <paramref name="list"/>, each once, as they are asked for.</summary>
    public IEnumerable<string> FindFiles(Func<string, FolderListing> list)
    {
        var pending = new Stack<(string Folder, int[] Positions)>();
        pending.Push((_root, Close([0])));
        while (pending.TryPop(out (string Folder, int[] Positions) next))
        {
            (string folder, int[] positions) = next;
            bool isNeeded = positions.Any(position => IsPattern(_parts[position]));
            FolderListing listing = isNeeded ? list(folder.Length == 0 ? Here : folder) : FolderListing.Empty;
            foreach (string name in FindFilesIn(folder, positions, listing))
            {
                yield return Path.Combine(folder, name);
            }

            foreach ((string name, int[] reached) in FindFoldersIn(folder, positions, listing).Reverse())
            {
                pending.Push((Path.Combine(folder, name), reached));
            }
        }
    }

    private IEnumerable<string> FindFilesIn(string folder, int[] positions, FolderListing listing)
    {
        if (positions[^1] != Last)
        {
            return [];
        }

        string part = _parts[Last];
        return IsPattern(part) ? listing.Files.Where(name => IsMatch(part, name))
            : File.Exists(Path.Combine(folder, part)) ? [part]
            : [];
    }

    /// <summary>The folders to look into, by name, each with the positions that its entries may match.</summary>
    private IEnumerable<(string Name, int[] Positions)> FindFoldersIn(string folder, int[] positions, FolderListing listing)
    {
        IEnumerable<(string Name, int[] Positions)> listed = listing.Folders.Select(name => (name, Advance(positions, name)));

        // What a pattern names may be hidden, or a link: it is there though no listing has it.
        (string Name, int[] Positions)[] named =
        [
            .. positions
                .Where(position => position < Last && !IsPattern(_parts[position]))
                .Select(position => _parts[position])
                .Distinct()
                .Where(name => !listing.Folders.Contains(name, Names) && Directory.Exists(Path.Combine(folder, name)))
                .Select(name => (name, Close(positions.Where(position => position < Last && _parts[position] == name).Select(position => position + 1)))),
        ];
        IEnumerable<(string Name, int[] Positions)> all = named.Length == 0 ? listed : listed.Concat(named).OrderBy(each => each.Name, StringComparer.Ordinal);
        return all.Where(each => each.Positions.Length > 0);
    }

    /// <summary>The positions in a folder of this name, where these are the ones of the folder that it is in.</summary>
    private int[] Advance(int[] positions, string name) => Close(positions
        .Where(position => position < Last && IsMatch(_parts[position], name))
        .Select(position => _parts[position] == AnyDepth ? position : position + 1));

    /// <summary>With each ** goes what follows it: any depth may be none.</summary>
    private int[] Close(IEnumerable<int> positions) =>
        [.. positions.Concat(positions.Where(position => _parts[position] == AnyDepth).Select(position => position + 1)).Distinct().Order()];

    private static bool IsMatch(string part, string name) =>
        IsPattern(part) ? FileSystemName.MatchesSimpleExpression(part, name, ignoreCase: true) : Names.Equals(part, name);
}
