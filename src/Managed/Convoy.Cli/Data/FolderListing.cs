using Convoy.Files;

namespace Convoy.Cli.Data;

/// <summary>The names in a folder, sorted; a folder that cannot be read has none, and an error.</summary>
/// <param name="Files">The files, links to files among them.</param>
/// <param name="Folders">The folders.</param>
/// <param name="LinkedFolders">How many links to folders there are, which are not among them.</param>
/// <param name="Error">Why the folder cannot be read, or null.</param>
internal sealed record FolderListing(string[] Files, string[] Folders, int LinkedFolders, ConvoyException? Error)
{
    /// <summary>A folder with nothing in it.</summary>
    public static readonly FolderListing Empty = new([], [], 0, null);

    /// <summary>Reads a folder. Hidden entries are passed over, and links to folders, since they can lead in circles.</summary>
    public static FolderListing Read(string folder)
    {
        try
        {
            var files = new List<string>();
            var folders = new List<string>();
            int linkedFolders = 0;
            var options = new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 };
            foreach (FileSystemInfo entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", options))
            {
                if (entry.Name.StartsWith('.'))
                {
                    continue;
                }

                if (entry is FileInfo)
                {
                    files.Add(entry.Name);
                }
                else if (entry.LinkTarget is null)
                {
                    folders.Add(entry.Name);
                }
                else
                {
                    linkedFolders++;
                }
            }

            files.Sort(StringComparer.Ordinal);
            folders.Sort(StringComparer.Ordinal);
            return new FolderListing([.. files], [.. folders], linkedFolders, null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Empty with { Error = new ConvoyException(Describe(folder, e), e) };
        }
    }

    private static string Describe(string folder, Exception error) => error switch
    {
        DirectoryNotFoundException => $"The folder {folder} {FileNames.DescribeMissing(folder)}.",
        _ => $"{folder} cannot be listed ({error.Message.TrimEnd('.')}); check its permissions.",
    };
}
