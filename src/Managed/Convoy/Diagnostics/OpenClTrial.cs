using System.Diagnostics;
using Convoy.Backends.OpenCL.Trials;
using Convoy.Profiling;

namespace Convoy.Diagnostics;

/// <summary>
/// Keeps OpenCL drivers that abort or hang from taking this process with them: a process of its own loads them first. Which
/// program to start for that only the application knows; where it has not said so, what an earlier trial found is heeded, such
/// as that of <c>convoy doctor</c>, and nothing is tried.
/// </summary>
public static class OpenClTrial
{
    /// <summary>
    /// Has the drivers tried before OpenCL is first looked at, where that has not been done since they were installed; to be
    /// called before anything else of this library.
    /// </summary>
    /// <param name="createStart">How to start a process that calls <see cref="Run"/> and nothing else of this library, and returns 0.</param>
    public static void Enable(Func<ProcessStartInfo> createStart)
    {
        ArgumentNullException.ThrowIfNull(createStart);
        DriverTrials.CreateStart = createStart;
    }

    /// <summary>
    /// Why CONVOY_OPENCL_TIMEOUT, the seconds that a driver may take to answer, cannot be followed, in a sentence; null where it
    /// can be or is not set. The usual 30 count where it cannot.
    /// </summary>
    public static string? FindTimeoutProblem() => TrialPatience.FindProblem(Environment.GetEnvironmentVariable(TrialPatience.Variable));

    /// <summary>
    /// Loads the drivers, and writes to the standard output how far that got, or measures a device of theirs and writes what it
    /// can do, or checks its kernels and writes what became of each; which of these the process that started this one has put into its environment. A bad driver ends the process,
    /// or holds it up until its standard input ends, as it does with the process that started it.
    /// </summary>
    public static void Run()
    {
        if (PeakProcess.DeviceToMeasure is { } device)
        {
            PeakProcess.RunHere(device, Console.Out);
        }
        else if (KernelProcess.DeviceToExamine is { } number)
        {
            KernelProcess.RunHere(number, Console.Out);
        }
        else
        {
            Trial.RunHere(Console.Out);
        }
    }
}
