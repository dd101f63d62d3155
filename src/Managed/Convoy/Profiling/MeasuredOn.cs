using System.Reflection;
using System.Runtime.InteropServices;

namespace Convoy.Profiling;

/// <summary>Where and with what something was measured.</summary>
/// <param name="Processor">The host's processor.</param>
/// <param name="System">The operating system.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Version">Convoy's version.</param>
/// <param name="Commit">The commit it was built from.</param>
/// <param name="Command">The command line, where a command measured it.</param>
/// <param name="Time">When, in UTC.</param>
public sealed record MeasuredOn(
    string Processor, string System, string Runtime, string Version, string Commit, string? Command, DateTimeOffset Time)
{
    /// <summary>Processors that this process could use; null where an earlier version did not write it.</summary>
    public int? Cores { get; init; }

    /// <summary>This machine and build, now.</summary>
    /// <param name="command">The command line, where a command measures.</param>
    public static MeasuredOn Here(string? command = null)
    {
        // The SDK appends the commit when it builds in a repository: "0.1.0+82fe861d...".
        string[] build = (typeof(MeasuredOn).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown").Split('+', 2);
        return new MeasuredOn(
            Backends.Native.Processor.Name,
            RuntimeInformation.OSDescription,
            RuntimeInformation.FrameworkDescription,
            build[0],
            build.Length > 1 ? build[1] : "unknown",
            command,
            DateTimeOffset.UtcNow)
        {
            Cores = Environment.ProcessorCount,
        };
    }
}
