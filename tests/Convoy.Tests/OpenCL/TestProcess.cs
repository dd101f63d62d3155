using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>The test assembly run as a program: for what a process finds out once and a test must see anew.</summary>
internal static class TestProcess
{
    /// <summary>Prints what this machine's OpenCL amounts to.</summary>
    public const string Verdict = "opencl-verdict";

    public static int Main(string[] arguments)
    {
        if (arguments is not [Verdict])
        {
            Console.Error.WriteLine("These are tests: run 'dotnet test'.");
            return 2;
        }

        Console.WriteLine(ClEnvironment.Inspect().Verdict);
        return 0;
    }
}
