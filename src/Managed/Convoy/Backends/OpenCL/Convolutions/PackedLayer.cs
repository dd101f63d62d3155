using Convoy.Backends.Winograd;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Layers;
using Convoy.Memory;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>The packed weights and bias of a convolution or fully connected layer, on the device.</summary>
internal sealed class PackedLayer : IDisposable
{
    private readonly ClBuffer _weights;
    private readonly ClBuffer _bias;

    private PackedLayer(ClBuffer weights, ClBuffer bias)
    {
        _weights = weights;
        _bias = bias;
    }

    /// <summary>The bias, zeros where the layer has none; behind it the activation's slopes.</summary>
    public ClBuffer Bias => _bias;

    /// <summary>Weights as packed, with the zeros that fill panels: a multiply-add of each output pixel, or tile, each.</summary>
    public long WeightCount => _weights.Bytes / sizeof(float);

    /// <summary>Bytes of both.</summary>
    public long Bytes => _weights.Bytes + _bias.Bytes;

    /// <summary>Packs a layer's weights for panels of this many filters.</summary>
    /// <param name="memory">Where they go.</param>
    /// <param name="task">The layer.</param>
    /// <param name="groups">Groups of filters.</param>
    /// <param name="kernel">Rows and columns of a filter.</param>
    /// <param name="panel">The panel's width.</param>
    /// <exception cref="BackendException">The device does not allocate as much at a time.</exception>
    public static PackedLayer Create(DeviceMemory memory, ConvolutionTask task, int groups, Extent2D kernel, int panel) =>
        Create(memory, task, task.Weights, task.Step.OutputShape.Channels, groups, kernel, panel);

    /// <summary>
    /// Packs an ungrouped layer's weights in as many parts as it takes for the device to allocate each, of so many filters but
    /// for the last.
    /// </summary>
    /// <exception cref="BackendException">The device does not even allocate a panel of them.</exception>
    public static List<PackedLayer> CreateParts(DeviceMemory memory, ConvolutionTask task, Extent2D kernel, int panel, int filters)
    {
        (StepWeights weights, int all) = (task.Weights, task.Step.OutputShape.Channels);
        int taps = weights.Kernel.Length / all;
        List<PackedLayer> parts = [];
        try
        {
            for (int first = 0; first < all; first += filters)
            {
                int count = Math.Min(filters, all - first);
                var part = new StepWeights(
                    weights.Kernel.Slice(first * taps, count * taps),
                    weights.Bias.IsEmpty ? default : weights.Bias.Slice(first, count),
                    weights.Slopes.IsEmpty ? default : weights.Slopes.Slice(first, count));
                parts.Add(Create(memory, task, part, count, 1, kernel, panel));
            }

            return parts;
        }
        catch
        {
            parts.ForEach(each => each.Dispose());
            throw;
        }
    }

    private static PackedLayer Create(DeviceMemory memory, ConvolutionTask task, StepWeights weights, int filters, int groups, Extent2D kernel, int panel)
    {
        int channels = weights.Kernel.Length / filters / (kernel.Height * kernel.Width);
        return Create(
            memory,
            task.Step,
            PackedWeights.Count(groups, filters / groups, channels * kernel.Height * kernel.Width, panel),
            packed => PackedWeights.Pack(weights.Kernel, groups, channels, kernel.Height, kernel.Width, panel, packed.Memory),
            PackedWeights.PackBias(weights.Bias.Span, weights.Slopes.Span, groups, filters / groups, panel));
    }

    /// <summary>Transforms and packs a layer's filters for Winograd's algorithm; its bias is not cut into panels, since the output transform adds it.</summary>
    /// <param name="memory">Where they go.</param>
    /// <param name="task">The layer.</param>
    /// <param name="kernel">Rows and columns of a filter.</param>
    /// <param name="geometry">How it is computed.</param>
    /// <param name="panel">The panel's width.</param>
    /// <param name="isPlaneWithinPanel">Whether the planes of a panel are side by side, or the panels of a plane.</param>
    /// <exception cref="BackendException">The device does not allocate as much at a time.</exception>
    public static PackedLayer Create(
        DeviceMemory memory, ConvolutionTask task, Extent2D kernel, WinogradGeometry geometry, int panel, bool isPlaneWithinPanel)
    {
        StepWeights weights = task.Weights;
        return Create(
            memory,
            task.Step,
            WinogradWeights.Count(geometry, panel),
            packed => WinogradWeights.Pack(weights.Kernel, kernel, geometry, panel, isPlaneWithinPanel, packed.Memory),
            PackedWeights.PackBias(weights.Bias.Span, weights.Slopes.Span, geometry.Groups, geometry.Filters / geometry.Groups, panel: 1));
    }

    private static PackedLayer Create(DeviceMemory memory, FusedStep step, long count, Action<PooledBuffer<float>> pack, float[] bias)
    {
        string what = $"Layer '{step.Name}': its packed weights";
        memory.ThrowIfTooLarge(what, count * sizeof(float));
        using PooledBuffer<float> packed = NativeMemoryPool.Shared.Rent<float>(count);
        pack(packed);
        ClBuffer buffer = memory.From(what, packed.Span);
        try
        {
            return new PackedLayer(buffer, memory.From($"Layer '{step.Name}': its bias", bias));
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Sets a kernel's arguments "weights" and "bias".</summary>
    public void SetOn(ClKernel kernel)
    {
        kernel.Set("weights", _weights);
        kernel.Set("bias", _bias);
    }

    public void Dispose()
    {
        _bias.Dispose();
        _weights.Dispose();
    }
}
