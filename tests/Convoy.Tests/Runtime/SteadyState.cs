using System.Diagnostics;
using System.Globalization;
using Convoy.Models;
using Convoy.Tests.OpenCL;

namespace Convoy.Tests.Runtime;

/// <summary>
/// Runs of a native session, looked at in a process of their own, where nobody allocates but the library: a process with a
/// test host in it allocates many times a second, and its threads cannot be told from the session's.
/// </summary>
internal static class SteadyState
{
    private const int Count = 5;
    private const int Windows = 10;

    /// <summary>How many bytes of managed memory all threads of such a process allocate in a run.</summary>
    public static long FindAllocatedBytes(string model)
    {
        using Process child = TestProcess.Start([TestProcess.Allocation, model]);
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.That(child.ExitCode, Is.Zero);
        return long.Parse(output, CultureInfo.InvariantCulture);
    }

    /// <summary>Prints how many bytes of managed memory the threads of the process allocate while a session of two threads runs.</summary>
    /// <param name="model">The name of a network.</param>
    public static void PrintAllocatedBytes(string model)
    {
        Network network = ModelCatalog.All.Single(each => each.Name == model).CreateNetwork();
        using WeightSet weights = WeightSet.Random(network, 1);
        using InferenceSession session = network.Compile(Device.Native, weights, new SessionOptions { BatchSize = 4, Threads = 2 });
        float[] images = TestData.Reals(Count * (int)network.Input.Shape.Count, 3);
        float[] scores = new float[Count * network.Output.Shape.Count];
        session.Run(images, scores);
        session.Run(images, scores);

        // The runtime may load something yet, but not in every one of several windows.
        long least = long.MaxValue;
        for (int window = 0; window < Windows; window++)
        {
            long before = GC.GetTotalAllocatedBytes(precise: true);
            session.Run(images, scores);
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        Console.WriteLine(least);
    }
}
