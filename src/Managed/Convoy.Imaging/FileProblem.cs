using System.Security;
using Convoy.Files;

namespace Convoy.Imaging;

/// <summary>Puts the file system's exceptions into words.</summary>
internal static class FileProblem
{
    /// <summary>Whether opening or reading a file may end in this exception through no fault of the program.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or SecurityException or NotSupportedException or OutOfMemoryException;

    /// <summary>The sentence for a file that could not be opened or read.</summary>
    public static string Describe(string path, Exception exception)
    {
        if (Directory.Exists(path))
        {
            return $"{path} is a directory; name a file in it.";
        }

        return exception switch
        {
            FileNotFoundException or DirectoryNotFoundException => $"{path} {FileNames.DescribeMissing(path)}.",
            UnauthorizedAccessException or SecurityException => $"{path} may not be read by this user; check its permissions.",
            _ => $"{path} cannot be read ({exception.Message.TrimEnd('.')}); check the path and the disk.",
        };
    }
}
