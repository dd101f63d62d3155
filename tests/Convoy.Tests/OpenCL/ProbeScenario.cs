using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>A whole life in small: find a device, build, upload, launch, time, map, download, let everything go.</summary>
internal static class ProbeScenario
{
    public const int Count = 256;

    /// <summary>Runs it on the first device of an API and checks the numbers.</summary>
    public static void Run(ClApi api, ProgramCache? cache = null) =>
        Run(ClPlatform.All(api).SelectMany(platform => platform.Devices).First(), cache);

    /// <summary>Runs it on a device and checks the numbers.</summary>
    public static void Run(ClDevice device, ProgramCache? cache = null)
    {
        float[] x = [.. Enumerable.Range(0, Count).Select(i => (float)i)];
        var answer = new float[Count];
        using var context = new ClContext(device);
        using var upload = new ClQueue(context);
        using var compute = new ClQueue(context);
        using ClProgram program = ClProgram.Build(context, KernelSource.Load("probe.cl"), "-D PROBE_OFFSET=1.0f", cache);
        using ClKernel kernel = program.CreateKernel("probe");
        using var input = ClBuffer.From<float>(context, x);
        using var staging = ClBuffer.Allocate(context, Count * sizeof(float), ClMemoryKind.Pinned);
        using var output = ClBuffer.Allocate(context, Count * sizeof(float));
        using var uploaded = new ClEvent(context);
        using var launched = new ClEvent(context);

        PinnedMemory mapped = upload.Map(staging, ClMapAccess.Overwrite);
        mapped.As<float>().Fill(10);
        upload.BeginUnmap(staging, mapped);
        upload.BeginFill(output, 0f, 0, output.Bytes);
        upload.BeginCopy(staging, 0, output, 0, staging.Bytes, signal: uploaded);
        upload.Flush();

        kernel.Set("scale", 2f);
        kernel.Set("x", input);
        kernel.Set("y", output);
        compute.Enqueue(kernel, new(Count), after: [uploaded], signal: launched);
        compute.Read<float>(output, 0, answer);
        compute.Finish();
        Assert.That(launched.Times.Ended, Is.GreaterThanOrEqualTo(launched.Times.Started));
        Assert.That(answer, Is.EqualTo(x.Select(value => (2 * value) + 11)));
    }
}
