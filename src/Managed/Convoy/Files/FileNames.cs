namespace Convoy.Files;

/// <summary>
/// Names that .NET reads but cannot say back to the system: Linux takes any bytes for a name, and those that are not UTF-8
/// are lost on the way.
/// </summary>
internal static class FileNames
{
    private const char Lost = '\uFFFD';

    /// <summary>Why nothing is found by a path: a piece of a sentence that begins with the path.</summary>
    public static string DescribeMissing(string path) => path.Contains(Lost)
        ? "cannot be opened because its name is not UTF-8; rename it"
        : "does not exist; check the path";

    /// <summary>The whole path of a file, wherever the process works.</summary>
    /// <exception cref="IOException">
    /// It has none, for the working folder was removed. The message is a piece of a sentence that names the path before.
    /// </exception>
    public static string GetFullPath(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (FileNotFoundException e)
        {
            throw new IOException("it is relative to the working folder, which was removed", e);
        }
    }
}
