using System.Text;
using Convoy.Files;

namespace Convoy.Diagnostics;

/// <summary>Systems that differ in how software is installed.</summary>
internal enum HostSystem
{
    Debian,
    Fedora,
    Alpine,
    Windows,
    MacOS,
    Other,
}

/// <summary>Finds out on which system this process runs.</summary>
internal static class HostSystems
{
    private const string ReleaseFile = "/etc/os-release";

    // Real ones have less than one.
    private const int MostReleaseBytes = 64 << 10;

    /// <summary>The system of this process.</summary>
    public static HostSystem Current { get; } =
        OperatingSystem.IsWindows() ? HostSystem.Windows
        : OperatingSystem.IsMacOS() ? HostSystem.MacOS
        : OfRelease(ReadRelease(ReleaseFile));

    /// <summary>The system's name for people.</summary>
    public static string NameOf(HostSystem system) => system switch
    {
        HostSystem.Debian => "Debian, Ubuntu",
        HostSystem.MacOS => "macOS",
        _ => system.ToString(),
    };

    /// <summary>The family of a Linux distribution, from the lines ID and ID_LIKE of its os-release file.</summary>
    internal static HostSystem OfRelease(IEnumerable<string> lines)
    {
        string[] names =
        [
            .. lines.Select(line => line.Split('=', 2))
                .Where(parts => parts is ["ID" or "ID_LIKE", _])
                .SelectMany(parts => parts[1].Trim('"', '\'', ' ').Split(' ')),
        ];
        return names.Any(name => name is "debian" or "ubuntu") ? HostSystem.Debian
            : names.Any(name => name is "fedora" or "rhel") ? HostSystem.Fedora
            : names.Contains("alpine") ? HostSystem.Alpine
            : HostSystem.Other;
    }

    /// <summary>The lines of a release file; none where it cannot be read.</summary>
    internal static string[] ReadRelease(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.ReadAllBytes(path, MostReleaseBytes)).ReplaceLineEndings("\n").Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
