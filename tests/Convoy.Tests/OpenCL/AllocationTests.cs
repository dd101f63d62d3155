using Convoy.Backends.OpenCL.Interop;
using Convoy.Memory;

namespace Convoy.Tests.OpenCL;

/// <summary>What a steady state calls allocates no managed memory.</summary>
public sealed class AllocationTests : OpenClFixture
{
    [Test]
    public void A_steady_state_allocates_nothing()
    {
        using var memory = NativeBuffer<float>.Allocate(64);
        using var context = new ClContext(AnyDevice);
        using var upload = new ClQueue(context);
        using var compute = new ClQueue(context);
        using ClProgram program = ClProgram.Build(context, KernelSource.Load("probe.cl"));
        using ClKernel kernel = program.CreateKernel("probe");
        using var input = ClBuffer.Allocate(context, 64 * sizeof(float));
        using var output = ClBuffer.Allocate(context, 64 * sizeof(float));
        using var uploaded = new ClEvent(context);
        using var launched = new ClEvent(context);
        PinnedMemory host = PinnedMemory.Of(memory);

        void Batch()
        {
            upload.BeginWrite(input, 0, host, after: [launched], signal: uploaded);
            upload.Flush();
            kernel.SetArg(0, 2f);
            kernel.SetArg(1, input);
            kernel.SetArg(2, output);
            compute.Enqueue(kernel, new(64), after: [uploaded], signal: launched);
            compute.BeginRead(output, 0, host);
            compute.Flush();
            PinnedMemory mapped = compute.Map(output, ClMapAccess.Read);
            compute.BeginUnmap(output, mapped);
            compute.Read(output, 0, host.As<float>());
            compute.Finish();
            _ = launched.Times;
        }

        for (int i = 0; i < 50; i++)
        {
            Batch();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Batch();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }
}
