namespace Convoy.Tests.Support;

/// <summary>The folder of the repository, for tests of what lies there beside the code.</summary>
public static class Repository
{
    private const string Mark = "Interop.sln";

    /// <summary>The folder with the solution in it: the nearest above the tests.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Mark)))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"{Mark} is not above {AppContext.BaseDirectory}.");
    }
}
