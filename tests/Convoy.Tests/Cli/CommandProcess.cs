using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Convoy.Tests.Cli;

/// <summary>The command line in a process of its own, for what a process finds out once: libraries, drivers, the environment.</summary>
internal static partial class CommandProcess
{
    private const string NativeLibrary = "convoy_native";
    private const string CommandFile = "Convoy.Cli.dll";

    /// <summary>The folder of the tests, which holds the command and all it needs.</summary>
    public static string Folder => AppContext.BaseDirectory;

    /// <summary>The command as a shell's script has it.</summary>
    public static string Quoted => $"dotnet '{CommandIn(Folder)}'";

    /// <summary>Copies the command without the native library, as if that was never built or was deleted.</summary>
    public static void CopyWithoutNativeLibrary(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(Folder))
        {
            string name = Path.GetFileName(file);
            if (!name.Contains(NativeLibrary, StringComparison.Ordinal))
            {
                File.Copy(file, Path.Combine(folder, name));
            }
        }
    }

    /// <summary>Runs the command through a shell that redirects or closes its streams ("2>&amp;-").</summary>
    public static CliRun RunRedirected(string redirections, params string[] arguments) => Run(
        new ProcessStartInfo("sh", ["-c", $"exec dotnet \"$0\" \"$@\" {redirections}", CommandIn(Folder), .. arguments]));

    /// <summary>Runs the command from a folder, where CONVOY_DEVICE names no device and other variables are as given.</summary>
    public static CliRun Run(string folder, IEnumerable<(string Name, string Value)> variables, params string[] arguments) =>
        Run(new ProcessStartInfo("dotnet", [CommandIn(folder), .. arguments]), variables);

    /// <summary>The same where umask takes nothing from the mode of what is made.</summary>
    public static CliRun RunUnderUmask0(string folder, IEnumerable<(string Name, string Value)> variables, params string[] arguments) =>
        Run(new ProcessStartInfo("sh", ["-c", "umask 0; exec dotnet \"$@\"", "sh", CommandIn(folder), .. arguments]), variables);

    /// <summary>Runs the command where it may have so many files open.</summary>
    public static CliRun RunWithFiles(int most, params string[] arguments) => Run(
        new ProcessStartInfo("sh", ["-c", $"ulimit -n {most}; exec dotnet \"$@\"", "sh", CommandIn(Folder), .. arguments]));

    /// <summary>The same where the folder in which it works was removed.</summary>
    public static CliRun RunInRemovedFolder(string folder, IEnumerable<(string Name, string Value)> variables, params string[] arguments)
    {
        using var gone = new TemporaryFolder();
        return Run(
            new ProcessStartInfo("sh", ["-c", "cd \"$0\" && rmdir \"$0\" && exec dotnet \"$@\"", Directory.CreateDirectory(gone["gone"]).FullName, CommandIn(folder), .. arguments]),
            variables);
    }

    /// <summary>Runs a shell's script as the root of a namespace of its own, where it may mount what it likes if the system allows that.</summary>
    public static CliRun RunScriptInNamespace(string script) => Run(new ProcessStartInfo("unshare", ["-rm", "sh", "-c", script]));

    /// <summary>Starts the command, for one that is not to come to its end.</summary>
    public static Process Start(IEnumerable<(string Name, string Value)> variables, params string[] arguments) =>
        Start(new ProcessStartInfo("dotnet", [CommandIn(Folder), .. arguments]), variables);

    private static string CommandIn(string folder) => Path.Combine(folder, CommandFile);

    private static Process Start(ProcessStartInfo start, IEnumerable<(string Name, string Value)> variables)
    {
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.Environment.Remove(Device.DefaultVariable);
        return Process.Start(start)!;
    }

    private static CliRun Run(ProcessStartInfo start, params IEnumerable<(string Name, string Value)> variables)
    {
        using Process process = Start(start, variables);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new CliRun(process.ExitCode, output, Progress().Replace(error.Result, ""));
    }

    /// <summary>Lines that a slow machine writes and a fast one does not.</summary>
    [GeneratedRegex(@"^convoy: [A-Z][^:\n]*(:\d+[^:\n]*)?: ([^\n]*, )?\d+ (s|min)( left)?(, \d+ [a-z ]+)?\n", RegexOptions.Multiline)]
    private static partial Regex Progress();
}
