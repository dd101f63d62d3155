using System.Reflection;

namespace Convoy.Cli.Common;

/// <summary>Which build this is.</summary>
internal static class ProductVersion
{
    // The SDK appends the commit when it builds in a repository: "0.1.0+82fe861d...".
    private static readonly string[] Parts = (typeof(ProductVersion).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);

    /// <summary>The version: "0.1.0".</summary>
    public static string Version => Parts[0];

    /// <summary>The command line of this process, as one would type it.</summary>
    public static string CommandLine => string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("convoy").Select(Quote));

    /// <summary>The commit it was built from, or "unknown".</summary>
    public static string Commit => Parts.Length > 1 ? Parts[1] : "unknown";

    private static string Quote(string argument) =>
        argument.Length > 0 && !argument.Any(c => char.IsWhiteSpace(c) || c is '\'' or '"') ? argument : $"'{argument.Replace("'", "'\\''")}'";
}
