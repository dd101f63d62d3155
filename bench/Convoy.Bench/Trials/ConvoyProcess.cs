using System.Diagnostics;

namespace Convoy.Bench.Trials;

/// <summary>Runs a build of the command line, each time in a process of its own, and keeps the JSON that it prints.</summary>
/// <param name="file">The build: Convoy.Cli.dll.</param>
internal sealed class ConvoyProcess(string file)
{
    /// <summary>The build beside this program's.</summary>
    public static string Default => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "Convoy.Cli", "release", "Convoy.Cli.dll"));

    /// <summary>Runs a command, and writes its answer to a file.</summary>
    /// <exception cref="ConvoyException">It cannot be run, or failed.</exception>
    public void Run(IEnumerable<string> arguments, string answer)
    {
        if (!File.Exists(file))
        {
            throw new ConvoyException($"There is no '{file}'; build src/Managed/Convoy.Cli in Release first, or name it with --convoy.");
        }

        var start = new ProcessStartInfo("dotnet", [file, .. arguments, "--output", "json"]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new ConvoyException($"'convoy {string.Join(' ', arguments)}' returned {process.ExitCode}.");
        }

        File.WriteAllText(answer, text);
    }
}
