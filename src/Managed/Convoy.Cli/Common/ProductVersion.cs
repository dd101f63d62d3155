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

    /// <summary>The commit it was built from, or "unknown".</summary>
    public static string Commit => Parts.Length > 1 ? Parts[1] : "unknown";
}
