using Convoy.Memory;

namespace Convoy.Backends.Native;

/// <summary>The weights of a chain's layers one after the other, and their biases, as the C library packs them.</summary>
internal sealed class ChainWeights : IDisposable
{
    private readonly PooledBuffer<float> _kernels;
    private readonly PooledBuffer<float> _biases;

    /// <summary>Copies the weights; a layer without bias has zeros.</summary>
    public ChainWeights(ReadOnlySpan<FusedStep> steps, ReadOnlySpan<StepWeights> weights, in NativePlan plan)
    {
        _kernels = NativeMemoryPool.Shared.Rent<float>((long)plan.WeightCount);
        try
        {
            _biases = NativeMemoryPool.Shared.Rent<float>((long)plan.BiasCount);
        }
        catch
        {
            _kernels.Dispose();
            throw;
        }

        Span<float> kernels = _kernels.Span;
        Span<float> biases = _biases.Span;
        biases.Clear();
        for (int i = 0; i < steps.Length; i++)
        {
            ReadOnlySpan<float> kernel = weights[i].Kernel.Span;
            kernel.CopyTo(kernels);
            kernels = kernels[kernel.Length..];
            if (!kernel.IsEmpty)
            {
                weights[i].Bias.Span.CopyTo(biases);
                biases = biases[steps[i].OutputShape.Channels..];
            }
        }
    }

    public ReadOnlySpan<float> Kernels => _kernels.Span;

    public ReadOnlySpan<float> Biases => _biases.Span;

    public void Dispose()
    {
        _kernels.Dispose();
        _biases.Dispose();
    }
}
