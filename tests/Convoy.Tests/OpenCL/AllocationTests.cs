using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Memory;
using Convoy.Tests.Backends;
using Convoy.Tests.Cases;

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
        ClArgument<float> scale = kernel.Argument<float>("scale");
        ClMemoryArgument x = kernel.Memory("x");
        ClMemoryArgument y = kernel.Memory("y");
        using var input = ClBuffer.Allocate(context, 64 * sizeof(float));
        using var output = ClBuffer.Allocate(context, 64 * sizeof(float));
        using var uploaded = new ClEvent(context);
        using var launched = new ClEvent(context);
        PinnedMemory host = PinnedMemory.Of(memory);

        void Batch()
        {
            upload.BeginWrite(input, 0, host, after: [launched], signal: uploaded);
            upload.Flush();
            scale.Set(2f);
            x.Set(input);
            y.Set(output);
            compute.Enqueue(kernel, new(64), after: [uploaded], signal: launched);
            compute.BeginRead(output, 0, host);
            compute.Flush();
            PinnedMemory mapped = compute.Map(output, ClMapAccess.Read);
            compute.BeginUnmap(output, mapped);
            compute.Read(output, 0, host.As<float>());
            compute.Finish();
            _ = launched.Times;
        }

        AssertAllocatesNothing(Batch);
    }

    [TestCase("direct", ConvolutionAlgorithm.Direct)]
    [TestCase("padded gemm", ConvolutionAlgorithm.Direct)]
    [TestCase("winograd", ConvolutionAlgorithm.Winograd)]
    [TestCase("folded", ConvolutionAlgorithm.Winograd)]
    [TestCase("add", ConvolutionAlgorithm.Auto)]
    [TestCase("concat", ConvolutionAlgorithm.Auto)]
    [TestCase("pool", ConvolutionAlgorithm.Auto)]
    public void Launching_a_step_allocates_nothing(string name, ConvolutionAlgorithm algorithm)
    {
        OperatorCase operatorCase = Steps.Single(each => each.Name == name);
        using var backend = new OpenClBackend(AnyDevice, options: new() { Convolutions = algorithm });
        using IPreparedRegion region = backend.Partition(operatorCase.ToGraph(), 1).Single().Prepare([OperatorRunner.Weights(operatorCase, TestData.Reals)]);
        long[] inputs = [0, 1 << 20];
        const long Output = 2 << 20;
        const long Workspace = 4 << 20;
        using var arena = (OpenClArena)backend.CreateArena(Workspace + region.GetWorkspaceBytes(1), region.GetScratchBytes(1));
        AssertAllocatesNothing(() =>
        {
            region.Run(new RegionContext { Arena = arena, Images = 1, Inputs = inputs, Output = Output, Workspace = Workspace });
            arena.Queue.Finish();
        });
    }

    private static OperatorCase[] Steps =>
    [
        new("direct", new Convolution2D(4, 3, 1, 1, 1), [Shape.Image(3, 8, 8)], Activation.Relu),
        new("padded gemm", new Convolution2D(4, 3, 1, 1, 1), [Shape.Image(8, 8, 8)], Activation.Relu),
        new("winograd", new Convolution2D(8, 3, 1, 1, 1), [Shape.Image(8, 8, 8)], Activation.Relu),
        new("folded", new Convolution2D(8, 4, 2, 1, 1), [Shape.Image(8, 9, 9)], Activation.Tanh),
        new("add", new Binary(BinaryOperation.Add), [Shape.Image(3, 4, 4), Shape.Image(3, 4, 4)], Activation.Relu),
        new("concat", new Concat(), [Shape.Image(3, 4, 4), Shape.Image(5, 4, 4)]),
        new("pool", new Pool2D(PoolKind.Max, 3, 2, default), [Shape.Image(3, 9, 9)]),
    ];

    private static void AssertAllocatesNothing(Action action)
    {
        for (int i = 0; i < 50; i++)
        {
            action();
        }

        ManagedAllocation.AssertNone(action);
    }
}
