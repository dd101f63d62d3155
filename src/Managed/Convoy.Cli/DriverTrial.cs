using System.Diagnostics;

namespace Convoy.Cli;

/// <summary>
/// The command once more, as a process that loads OpenCL drivers nobody has tried, so that one which aborts ends no other. It is
/// asked for by a word that is no command, which no help lists.
/// </summary>
internal static class DriverTrial
{
    private const string Word = "try-opencl-drivers";
    private const string Host = "dotnet";

    /// <summary>Whether this process is such a one.</summary>
    public static bool IsAskedFor(string[] arguments) => arguments is [Word];

    /// <summary>How to start one: as this process was started, by its own program, or by .NET's with the command's assembly.</summary>
    public static ProcessStartInfo CreateStart()
    {
        string program = Environment.ProcessPath ?? "";
        return Path.GetFileNameWithoutExtension(program) == Host
            ? new(program, [Environment.GetCommandLineArgs()[0], Word])
            : new(program, [Word]);
    }
}
