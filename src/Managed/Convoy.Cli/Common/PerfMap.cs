using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Convoy.Files;

namespace Convoy.Cli.Common;

/// <summary>
/// The map by which Linux's <c>perf</c> knows the names of functions that .NET compiles as it runs: <c>/tmp/perf-PID.map</c>. The
/// runtime also writes one when told to later, but has put the code by then where perf does not look for a map's functions (memory
/// that is mapped twice, so that none is both written and executed). So the process executes its own program once more, in its
/// place and with its number, with the variables by which the runtime does both from the beginning.
/// </summary>
internal static class PerfMap
{
    /// <summary>The option that asks for it.</summary>
    public const string OptionName = "--perf-map";

    private const string MapVariable = "DOTNET_PerfMapEnabled";
    private const string MapAlone = "3";
    private const string MappingVariable = "DOTNET_EnableWriteXorExecute";
    private const string MappedOnce = "0";

    /// <summary>The file that this process writes if it writes one.</summary>
    public static string File => string.Create(CultureInfo.InvariantCulture, $"/tmp/perf-{Environment.ProcessId}.map");

    // 2 is another format, in a file of another name.
    private static bool IsOn => Environment.GetEnvironmentVariable(MapVariable) is "1" or MapAlone
        && Environment.GetEnvironmentVariable(MappingVariable) == MappedOnce;

    /// <summary>Whether the process is to be started again for it; a word that only looks like the option does no harm.</summary>
    public static bool NeedsRestart(string[] arguments) => arguments.Contains(OptionName, StringComparer.Ordinal) && FindObstacle() is null && !IsOn;

    /// <summary>Why this process writes none, as a piece of a sentence; null where it does.</summary>
    public static string? FindRefusal() => FindObstacle()
        ?? (!IsOn ? $"the runtime has to be asked before it starts, and starting again failed; set {MapVariable}={MapAlone} and {MappingVariable}={MappedOnce}"
            : !System.IO.File.Exists(File) ? $"the runtime could not write {File}"
            : null);

    /// <summary>Executes this program in place of itself; returns only if the system refuses.</summary>
    public static void Restart()
    {
        // As they came: not all arguments are text.
        byte[] given = System.IO.File.ReadAllBytes("/proc/self/cmdline");
        nint memory = Marshal.AllocHGlobal(given.Length);
        Marshal.Copy(given, 0, memory, given.Length);
        IEnumerable<nint> arguments = Enumerable.Range(0, given.Length).Where(i => i == 0 || given[i - 1] == 0).Select(i => memory + i);
        Libc.SetVariable(MapVariable, MapAlone, 1);
        Libc.SetVariable(MappingVariable, MappedOnce, 1);
        Libc.Execute(Environment.ProcessPath!, [.. arguments, 0]);
        Marshal.FreeHGlobal(memory);
    }

    private static string? FindObstacle() =>
        !OperatingSystem.IsLinux() ? "perf, which would read it, is Linux's"
        : !RuntimeFeature.IsDynamicCodeSupported ? "this program was compiled ahead of time, and perf finds the names in its symbols, the .dbg file beside it"
        : null;
}
