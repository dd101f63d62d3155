namespace Convoy.Cli.Data;

/// <summary>The names in a folder, sorted; a folder that cannot be read has none, and an error.</summary>
internal sealed record FolderListing(string[] Files, string[] Folders, ConvoyException? Error)
{
    /// <summary>Reads a folder. Hidden entries are passed over, and links to folders, since they can lead in circles.</summary>
    public static FolderListing Read(string folder)
    {
        try
        {
            var files = new List<string>();
            var folders = new List<string>();
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
            }

            files.Sort(StringComparer.Ordinal);
            folders.Sort(StringComparer.Ordinal);
            return new FolderListing([.. files], [.. folders], null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new FolderListing([], [], new ConvoyException($"{folder} cannot be listed ({e.Message.TrimEnd('.')}); check its permissions.", e));
        }
    }
}
