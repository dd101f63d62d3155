using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>The kernel of probe.cl, which adds a vector times two to another: what every device that can be used builds and runs.</summary>
internal static class SmallestKernel
{
    private const string File = "probe.cl";
    private const string Name = "probe";
    private const int Count = 64;
    private const float Scale = 2;
    private const float Before = 10;

    /// <summary>Builds it with the options of those that networks run.</summary>
    /// <exception cref="ConvoyException">That cannot be.</exception>
    public static ClProgram Build(ClContext context, ProgramCache? cache = null) =>
        ClProgram.Build(context, KernelSource.Load(File), DeviceTraits.Of(context.Device).Options, cache);

    /// <summary>Its kernel.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public static ClKernel Create(ClProgram program) => program.CreateKernel(Name);

    /// <summary>Runs it, and waits for it to end.</summary>
    /// <returns>How many numbers are wrong, and how many there are.</returns>
    /// <exception cref="ConvoyException">It cannot be run.</exception>
    public static (int Wrong, int Count) Run(ClQueue queue, ClKernel kernel)
    {
        var answer = new float[Count];
        Array.Fill(answer, Before);
        using var x = ClBuffer.From<float>(queue.Context, [.. Enumerable.Range(0, Count).Select(i => (float)i)]);
        using var y = ClBuffer.From<float>(queue.Context, answer, ClAccess.ReadWrite);
        kernel.Set("scale", Scale);
        kernel.Set("x", x);
        kernel.Set("y", y);
        queue.Enqueue(kernel, new(Count));
        queue.Finish();
        queue.Read<float>(y, 0, answer);
        return (answer.Index().Count(each => each.Item != (Scale * each.Index) + Before), Count);
    }
}
