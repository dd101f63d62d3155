using Convoy.Backends.OpenCL.Interop;
using Convoy.Graph;
using Convoy.Layers;
using Convoy.Memory;

namespace Convoy.Backends.OpenCL;

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

    /// <summary>Bytes of both.</summary>
    public long Bytes => _weights.Bytes + _bias.Bytes;

    /// <summary>Packs a layer's weights for panels of this many filters.</summary>
    /// <param name="memory">Where they go.</param>
    /// <param name="step">The layer's step.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="groups">Groups of filters.</param>
    /// <param name="kernel">What one filter covers: input channels of a group, rows, columns.</param>
    /// <param name="panel">The panel's width.</param>
    /// <exception cref="BackendException">The device does not allocate as much at a time.</exception>
    public static PackedLayer Create(
        DeviceMemory memory, FusedStep step, StepWeights weights, int groups, (int Channels, int Height, int Width) kernel, int panel)
    {
        int reduction = kernel.Channels * kernel.Height * kernel.Width;
        int groupFilters = weights.Kernel.Length / reduction / groups;
        return Create(
            memory,
            step,
            PackedWeights.Count(groups, groupFilters, reduction, panel),
            packed => PackedWeights.Pack(weights.Kernel.Span, groups, kernel.Channels, kernel.Height, kernel.Width, panel, packed.Span),
            PackedWeights.PackBias(weights.Bias.Span, groups, groupFilters, panel));
    }

    /// <summary>Packs a layer's filters for Winograd's algorithm, whose products have no bias; the outputs made of them have.</summary>
    /// <param name="memory">Where they go.</param>
    /// <param name="step">The layer's step.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="extent">Rows and columns of a filter.</param>
    /// <param name="geometry">How it is computed.</param>
    /// <param name="panel">The panel's width.</param>
    /// <exception cref="BackendException">The device does not allocate as much at a time.</exception>
    public static PackedLayer Create(
        DeviceMemory memory, FusedStep step, StepWeights weights, Extent2D extent, WinogradGeometry geometry, int panel) => Create(
            memory,
            step,
            WinogradWeights.Count(geometry, panel),
            packed => WinogradWeights.Pack(weights.Kernel, extent, geometry, panel, packed.Memory),
            PackedWeights.PackBias([], geometry.Groups, geometry.Filters / geometry.Groups, panel));

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

    /// <summary>Sets the arguments that every convolution kernel has third and fourth.</summary>
    public void SetOn(ClKernel kernel)
    {
        kernel.SetArg(2, _weights);
        kernel.SetArg(3, _bias);
    }

    public void Dispose()
    {
        _bias.Dispose();
        _weights.Dispose();
    }
}
