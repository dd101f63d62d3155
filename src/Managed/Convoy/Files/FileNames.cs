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
}
