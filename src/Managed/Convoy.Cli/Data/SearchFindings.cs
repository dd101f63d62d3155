namespace Convoy.Cli.Data;

/// <summary>What a search for images comes upon beside them: folders that cannot be listed, and what it leaves out.</summary>
internal sealed class SearchFindings
{
    private const int MostKinds = 8;

    private readonly Dictionary<string, ConvoyException> _unlisted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _extensions = new(StringComparer.Ordinal);
    private long _linkedFolders;
    private long _unclassed;

    /// <summary>How often a folder could not be listed.</summary>
    public int FailedListings { get; private set; }

    /// <summary>Why folders could not be listed, a sentence for each.</summary>
    public IEnumerable<string> Failures => _unlisted.Values.Select(error => error.Message);

    /// <summary>Lists a folder, and keeps what the search will not go into.</summary>
    public FolderListing List(string folder)
    {
        FolderListing listing = FolderListing.Read(folder);
        _linkedFolders += listing.LinkedFolders;
        if (listing.Error is { } error)
        {
            FailedListings++;
            _unlisted[folder] = error;
        }

        return listing;
    }

    /// <summary>Counts a file that is no image by its name.</summary>
    public void PassOver(string file)
    {
        string extension = Path.GetExtension(file).ToLowerInvariant();
        _extensions[extension] = _extensions.GetValueOrDefault(extension) + 1;
    }

    /// <summary>Counts what lies beside the class folders.</summary>
    public void PassOverBeside(FolderListing listing)
    {
        _linkedFolders += listing.LinkedFolders;
        foreach (string file in listing.Files)
        {
            if (ImagePaths.IsImageName(file))
            {
                _unclassed++;
            }
            else
            {
                PassOver(file);
            }
        }
    }

    /// <summary>What was left out, a sentence for each reason.</summary>
    public IEnumerable<string> DescribeLeftOut()
    {
        if (_extensions.Count > 0)
        {
            yield return $"{Count(_extensions.Values.Sum(), "file", "files")} passed over: {DescribeKinds()}; in folders only {ImagePaths.ListExtensions("and")} are read.";
        }

        if (_unclassed > 0)
        {
            yield return $"{Count(_unclassed, "image beside the class folders", "images beside the class folders")} passed over: nothing says their class.";
        }

        if (_linkedFolders > 0)
        {
            yield return $"{Count(_linkedFolders, "linked folder", "linked folders")} passed over, since links can lead in circles; name what they lead to.";
        }
    }

    private string DescribeKinds()
    {
        (string Name, long Count)[] kinds = [.. _extensions
            .Select(each => (each.Key.Length > 0 ? each.Key : "without an extension", each.Value))
            .OrderByDescending(each => each.Value)
            .ThenBy(each => each.Item1, StringComparer.Ordinal)];
        long others = kinds.Skip(MostKinds).Sum(each => each.Count);
        IEnumerable<string> named = kinds.Take(MostKinds).Select(each => FormattableString.Invariant($"{each.Count:N0} {each.Name}"));
        return string.Join(", ", others > 0 ? named.Append(FormattableString.Invariant($"{others:N0} others")) : named);
    }

    private static string Count(long count, string one, string several) =>
        FormattableString.Invariant($"{count:N0} {(count == 1 ? $"{one} was" : $"{several} were")}");
}
