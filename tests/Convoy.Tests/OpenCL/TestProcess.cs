using System.Diagnostics;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Trials;
using Convoy.Tests.Runtime;
using Convoy.Tests.Soak;

namespace Convoy.Tests.OpenCL;

/// <summary>The test assembly run as a program: for what a process finds out once, or what needs several of them.</summary>
internal static class TestProcess
{
    /// <summary>Prints what this machine's OpenCL amounts to.</summary>
    public const string Verdict = "opencl-verdict";

    /// <summary>Builds and runs the probe with a program cache in the folder that follows.</summary>
    public const string Build = "opencl-build";

    /// <summary>Prints where a loader is pointed to for a choice of no driver.</summary>
    public const string Selection = "opencl-selection";

    /// <summary>Prints what a session of the network that follows allocates.</summary>
    public const string Allocation = "allocation";

    /// <summary>Makes and disposes of sessions; what follows is <see cref="SoakProgram.Run"/>'s.</summary>
    public const string Soak = "soak";

    /// <summary>Tries kernels on the devices of this process; what may follow is <see cref="Thorough"/>.</summary>
    public const string Cases = "opencl-cases";

    /// <summary>Every case in every form, which takes long on a simulator.</summary>
    public const string Thorough = "thorough";

    public static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case [Verdict]:
                Console.WriteLine(ClEnvironment.Inspect().Verdict);
                return 0;
            case [Build, string folder]:
                ProbeScenario.Run(ClEnvironment.Inspect().Devices[0], new ProgramCache(folder, serves: _ => true));
                return 0;
            case [Selection]:
                using (var selection = new DriverSelection([]))
                {
                    var environment = new Dictionary<string, string?>();
                    selection.ApplyTo(environment);
                    Console.WriteLine(environment[ClVendors.FolderVariable]);
                }

                return 0;
            case [Allocation, string model]:
                SteadyState.PrintAllocatedBytes(model);
                return 0;
            case [Soak, _, ..]:
                return SoakProgram.Run(arguments[1..]);
            case [Cases]:
                return DriverCases.Run(isThorough: false);
            case [Cases, Thorough]:
                return DriverCases.Run(isThorough: true);
            default:
                Console.Error.WriteLine("These are tests: run 'dotnet test'.");
                return 2;
        }
    }

    /// <summary>Starts one, with its output redirected.</summary>
    public static Process Start(IEnumerable<string> arguments, string? variable = null, string? value = null)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, ["exec", typeof(TestProcess).Assembly.Location, .. arguments]) { RedirectStandardOutput = true };
        if (variable is not null)
        {
            start.Environment[variable] = value;
        }

        return Process.Start(start)!;
    }
}
