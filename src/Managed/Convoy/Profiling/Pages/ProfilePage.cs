using System.Text.Json;

namespace Convoy.Profiling.Pages;

/// <summary>
/// A profile as a page: where the time goes, the batch as it passed, the roofline, threads, memory, and each layer's figures. They
/// are those that <see cref="ProfileJson"/> writes, which the page holds and draws from.
/// </summary>
public static class ProfilePage
{
    private static readonly string[] Charts = ["bars", "timeline", "labels", "roofline", "threads", "memory", "comparison", "table", "detail"];

    /// <summary>Writes the page, which needs no network: one HTML file with all that it shows.</summary>
    /// <param name="stream">Where to; it is left open.</param>
    /// <param name="profile">The profile.</param>
    public static void Write(Stream stream, NetworkProfile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        PageWriter.Write(
            stream, "Convoy profile", "profile", Charts, writer => JsonSerializer.Serialize(writer, profile, ProfileJson.TypeInfo));
    }

    /// <summary>Writes the page to a file; what is there is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="profile">The profile.</param>
    /// <exception cref="ConvoyException">The file cannot be written; there is no half of it.</exception>
    public static void Save(string path, NetworkProfile profile) => ReportFile.Save(path, "page", file => Write(file, profile));
}
