using Convoy.Backends.Native;
using Convoy.Tests.Cases;

namespace Convoy.Tests.Backends;

/// <summary>Native operators between guard pages: reading or writing one byte too far ends the process.</summary>
public sealed class GuardedOperatorTests
{
    private static IEnumerable<OperatorCase> Cases =>
        [.. EdgeCases.All, .. FeatureMapCases.All, .. BinaryCases.Broadcast, .. PooledCases.All, .. NetworkCases.All.Where(each => each.Name.StartsWith("lenet5", StringComparison.Ordinal))];

    [TestCaseSource(nameof(Cases))]
    public void Operators_touch_nothing_but_their_buffers(OperatorCase operatorCase)
    {
        IEnumerable<NativeOptions> ways =
            from isa in Enum.GetValues<InstructionSet>().Where(NativeLibraryState.Supports)
            from algorithm in Enum.GetValues<ConvolutionAlgorithm>().Take(operatorCase.Layer is Convolution2D ? int.MaxValue : 1)
            from precision in Enum.GetValues<WeightPrecision>().Take(operatorCase.Layer is FullyConnected ? int.MaxValue : 1)
            select new NativeOptions(isa) { Convolution = algorithm, Precision = precision };
        foreach (NativeOptions options in ways)
        {
            foreach (NativePlan plan in NativeRegions.Plan(operatorCase, options with { AllowsChains = false }).SelectMany(region => region.Plans))
            {
                Run(plan, operatorCase, GuardedSide.End);
                Run(plan, operatorCase, GuardedSide.Start);
            }
        }
    }

    private static void Run(NativePlan plan, OperatorCase operatorCase, GuardedSide side)
    {
        int inputs = (int)(plan.InputImageBytes / sizeof(float)) * operatorCase.Batch;
        int secondInputs = (int)(plan.Input2ImageBytes / sizeof(float)) * operatorCase.Batch;
        StepWeights weights = OperatorRunner.Weights(operatorCase, TestData.Reals);
        using var input = GuardedBuffer.Of<float>(TestData.Reals(inputs, 100), side);
        using var input2 = GuardedBuffer.Of<float>(TestData.Reals(secondInputs, 101), side);
        using var bias = GuardedBuffer.Of(weights.Bias.Span, side);
        using var slopes = GuardedBuffer.Of(weights.Slopes.Span, side);
        using var output = new GuardedBuffer<float>((int)plan.OutputImageBytes / sizeof(float) * operatorCase.Batch, side);
        using var packed = new GuardedBuffer<byte>((int)plan.PackedBytes, side, 64);
        using var scratch = new GuardedBuffer<byte>((int)plan.ScratchBytes, side, 64);
        using var workspace = new GuardedBuffer<byte>((int)plan.WorkspaceBytes, side, 64);
        if (plan.PackedBytes > 0)
        {
            NativeMethods.Pack(plan, weights.Kernel.Span, (ulong)weights.Kernel.Length, packed.Address, plan.PackedBytes).ThrowIfFailed("pack", operatorCase.Name);
        }

        var arguments = new RunArguments
        {
            Images = operatorCase.Batch,
            Input = new BufferArgument(input.Address, (ulong)input.Length * sizeof(float)),
            Input2 = new BufferArgument(input2.Address, (ulong)input2.Length * sizeof(float)),
            Bias = bias.Length == 0 ? default : new BufferArgument(bias.Address, (ulong)bias.Length * sizeof(float)),
            Slopes = slopes.Length == 0 ? default : new BufferArgument(slopes.Address, (ulong)slopes.Length * sizeof(float)),
            Output = new BufferArgument(output.Address, (ulong)output.Length * sizeof(float)),
            Packed = plan.PackedBytes == 0 ? default : new BufferArgument(packed.Address, plan.PackedBytes),
            Scratch = plan.ScratchBytes == 0 ? default : new BufferArgument(scratch.Address, plan.ScratchBytes),
            Workspace = plan.WorkspaceBytes == 0 ? default : new BufferArgument(workspace.Address, plan.WorkspaceBytes),
        };
        for (int phase = 0; phase < plan.Phases; phase++)
        {
            NativeMethods.GetWorkItems(plan, operatorCase.Batch, phase, out long items).ThrowIfFailed("divide the work of", operatorCase.Name);
            NativeMethods.Run(plan, arguments, phase, 0, items).ThrowIfFailed("run", operatorCase.Name);
        }
    }
}
