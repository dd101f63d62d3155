using System.Runtime.InteropServices;
using CommunityToolkit.HighPerformance;
using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Layers;
using Convoy.Memory;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// The trained numbers of one step, ready for packing: used in place where they lie in memory as aligned single precision,
/// read or widened into memory of their own otherwise, batch normalisation folded in. Disposed once the step has packed them;
/// their memory then goes back to the system, since nobody asks for as much again.
/// </summary>
internal sealed class StepWeightsLoader : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly WeightSet _weights;

    /// <summary>Loads the weights of a step.</summary>
    public StepWeightsLoader(FusedStep step, WeightSet weights)
    {
        _weights = weights;
        try
        {
            Weights = Load(step) with { Slopes = step.SlopesNode is { } slopes ? Read(slopes, "weight") : default };
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The weights; valid until disposal.</summary>
    public StepWeights Weights { get; }

    public void Dispose() => _owned.ForEach(each => each.Dispose());

    private StepWeights Load(FusedStep step)
    {
        Node? node = step.WeightNode;
        if (step.NormalizationNode is { } normalization)
        {
            return LoadFolded(node, normalization);
        }

        return node is null ? default : new StepWeights(Read(node, "weight"), Read(node, "bias"));
    }

    private StepWeights LoadFolded(Node? node, Node normalization)
    {
        int channels = normalization.Shape.Channels;
        Memory<float> kernel = node is null ? Allocate(channels) : Copy(Find(node, "weight")!);
        Memory<float> bias = Allocate(channels);
        bias.Span.Clear();
        if (node is null)
        {
            // A normalisation by itself is a depthwise 1 x 1 convolution by one.
            kernel.Span.Fill(1);
        }
        else
        {
            Find(node, "bias")?.CopyTo(bias.Span);
        }

        BatchNormFolding.Fold(
            kernel.Span,
            bias.Span,
            Read(normalization, "weight").Span,
            Read(normalization, "bias").Span,
            Read(normalization, "running_mean").Span,
            Read(normalization, "running_var").Span,
            ((BatchNormalization)normalization.Layer).Epsilon);
        return new StepWeights(kernel, bias);
    }

    private ReadOnlyMemory<float> Read(Node node, string parameter)
    {
        if (Find(node, parameter) is not { } tensor)
        {
            return Fill(node, parameter);
        }

        if (tensor.ElementType == ElementType.Float32 && tensor.Borrow() is { } bytes)
        {
            _owned.Add(bytes);
            if (IsAligned(bytes.Memory.Span))
            {
                return bytes.Memory.Cast<byte, float>();
            }
        }

        return Copy(tensor);
    }

    /// <summary>A layer without bias has no such parameter; of those it has, validation has seen to it that others than these are there.</summary>
    private ReadOnlyMemory<float> Fill(Node node, string parameter)
    {
        LayerParameter missing = node.Parameters.FirstOrDefault(each => each.Name == parameter);
        if (missing.Default is not { } number)
        {
            return default;
        }

        Memory<float> filled = Allocate((int)missing.Shape.Count);
        filled.Span.Fill(number);
        return filled;
    }

    private WeightTensor? Find(Node node, string parameter) =>
        _weights.TryGet($"{node.Name}.{parameter}", out WeightTensor? tensor) ? tensor : null;

    private Memory<float> Copy(WeightTensor tensor)
    {
        Memory<float> copy = Allocate((int)tensor.Shape.Count);
        tensor.CopyTo(copy.Span);
        return copy;
    }

    private Memory<float> Allocate(int count)
    {
        NativeBuffer<float> buffer = NativeBuffer<float>.Allocate(count);
        _owned.Add(buffer);

        // There are large ones, read once: small pages would take longer to make than to fill.
        HugePages.Ask(buffer.Address, (long)count * sizeof(float));
        return buffer.Memory;
    }

    private static unsafe bool IsAligned(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = &MemoryMarshal.GetReference(bytes))
        {
            return (nuint)first % sizeof(float) == 0;
        }
    }
}
