namespace Convoy.Tests.Support;

/// <summary>
/// Data sets too large for the repository. They lie in a folder <c>shared/data</c> beside the repository or above it;
/// tests that need one which is not there are ignored.
/// </summary>
public static class SharedData
{
    /// <summary>The path of the file or folder <c>shared/data/NAME</c>, or null if it is not there.</summary>
    public static string? Find(string name) => Find(AppContext.BaseDirectory, name);

    /// <summary>The same, ignoring the running test if it is not there.</summary>
    public static string Require(string name)
    {
        string? path = Find(name);
        if (path is null)
        {
            Assert.Ignore($"Skipped: shared data not there: no folder above {AppContext.BaseDirectory} has shared/data/{name}.");
        }

        return path!;
    }

    internal static string? Find(string start, string name)
    {
        for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "shared", "data", name);
            if (Path.Exists(path))
            {
                return path;
            }
        }

        return null;
    }
}
