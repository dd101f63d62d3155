using System.Buffers;
using System.Runtime.InteropServices;
using CommunityToolkit.HighPerformance;
using Convoy.Backends;
using Convoy.Layers;
using Convoy.Memory;
using Convoy.Weights;

namespace Convoy.Runtime;

/// <summary>
/// The trained numbers of one step, ready for packing: read in place where they are stored as aligned single precision,
/// widened otherwise, batch normalisation folded in. Disposed once the step has packed them.
/// </summary>
internal sealed class StepWeightsLoader : IDisposable
{
    private readonly List<IDisposable> _rented = [];
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

    public void Dispose() => _rented.ForEach(each => each.Dispose());

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
        Memory<float> kernel = node is null ? Rent(channels) : Copy(Read(node, "weight"));
        Memory<float> bias = Rent(channels);
        bias.Span.Clear();
        if (node is null)
        {
            // A normalisation by itself is a depthwise 1 x 1 convolution by one.
            kernel.Span.Fill(1);
        }
        else
        {
            Read(node, "bias").Span.CopyTo(bias.Span);
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
        // A layer without bias has no such parameter; validation has seen to it that all others are there.
        if (!_weights.TryGet($"{node.Name}.{parameter}", out WeightTensor? tensor))
        {
            return default;
        }

        IMemoryOwner<byte> bytes = tensor.Open();
        _rented.Add(bytes);
        if (tensor.ElementType == ElementType.Float32 && IsAligned(bytes.Memory.Span))
        {
            return bytes.Memory.Cast<byte, float>();
        }

        Memory<float> widened = Rent(tensor.Shape.Count);
        ElementConversion.Widen(bytes.Memory.Span, tensor.ElementType, widened.Span);
        return widened;
    }

    private Memory<float> Copy(ReadOnlyMemory<float> source)
    {
        Memory<float> copy = Rent(source.Length);
        source.CopyTo(copy);
        return copy;
    }

    private Memory<float> Rent(long count)
    {
        PooledBuffer<float> buffer = NativeMemoryPool.Shared.Rent<float>(count);
        _rented.Add(buffer);
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
