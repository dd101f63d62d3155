using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Backends.Native.Convolutions;
using Convoy.Memory;

namespace Convoy.Bench;

/// <summary>
/// A convolution by Winograd's algorithm whose phases run by themselves, on the calling thread: the C library takes turns,
/// for as many images as fit a cache, between the input transform of all tiles and GEMM with the output transform. Weights are zeros, and
/// each phase finds in the workspace what the last run of the other left there: neither changes the time.
/// </summary>
internal sealed class WinogradPhases : IDisposable
{
    private readonly List<PooledBuffer<float>> _rented = [];
    private readonly NativePlan _plan;
    private readonly RunArguments _arguments;
    private readonly long[] _items;

    /// <summary>Plans the step and makes room for a batch.</summary>
    public WinogradPhases(FusedStep step, int points, int batch)
    {
        _plan = Plan(step, points, batch);
        _arguments = new RunArguments
        {
            Images = batch,
            Input = Rent(_plan.InputImageBytes * (ulong)batch, 0.5f),
            Output = Rent(_plan.OutputImageBytes * (ulong)batch, 0),
            Packed = Rent(_plan.PackedBytes, 0),
            Bias = Rent(_plan.BiasCount * sizeof(float), 0),
            Scratch = Rent(_plan.ScratchBytes, 0),
            Workspace = Rent(_plan.WorkspaceBytes, 0),
        };
        _items = new long[_plan.Phases];
        for (int phase = 0; phase < _items.Length; phase++)
        {
            NativeMethods.GetWorkItems(_plan, batch, phase, out _items[phase]).ThrowIfFailed("divide the work of", step.Name);
        }

        InputTransform();
    }

    /// <summary>Whether the algorithm computes the step with so many points an axis.</summary>
    public static bool Apply(FusedStep step, int points) => Plan(step, points, batch: 1).Points == points;

    /// <summary>Transforms the tiles of all images to the points.</summary>
    public void InputTransform() => RunEverySecond(0);

    /// <summary>Multiplies, and transforms back to the outputs of all images.</summary>
    public void GemmAndOutputTransform() => RunEverySecond(1);

    public void Dispose() => _rented.ForEach(each => each.Dispose());

    /// <summary>A plan with so many points, or a direct one where they do not suit.</summary>
    private static NativePlan Plan(FusedStep step, int points, int batch)
    {
        var options = new NativeOptions(InstructionSet.Auto) { Convolution = (ConvolutionAlgorithm)points };
        return NativeConvolution.Of(step, (Convolution2D)step.Layer, batch, options).Select(options).Plan;
    }

    private void RunEverySecond(int first)
    {
        for (int phase = first; phase < _items.Length; phase += 2)
        {
            NativeMethods.Run(_plan, _arguments, phase, 0, _items[phase]).ThrowIfFailed("run", "a convolution");
        }
    }

    /// <summary>Memory written to: pages never written all read the same few bytes.</summary>
    private BufferArgument Rent(ulong bytes, float value)
    {
        PooledBuffer<float> buffer = NativeMemoryPool.Shared.Rent<float>((long)(bytes + sizeof(float) - 1) / sizeof(float));
        _rented.Add(buffer);
        HugePages.Ask(buffer.Address, (long)bytes);
        buffer.Span.Fill(value);
        return new BufferArgument(buffer.Address, bytes);
    }
}
