namespace Convoy.Backends.Native.Convolutions;

/// <summary>Direct convolution, cache-blocked: every multiplication is made, and every layer can be computed (convolution/direct.c).</summary>
internal sealed class DirectConvolution : IConvolutionAlgorithm<NativeConvolution, NativePlan>
{
    /// <inheritdoc/>
    public string Name => "direct";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => ConvolutionAlgorithm.Direct;

    /// <inheritdoc/>
    public double ErrorBound => 1e-6;

    /// <inheritdoc/>
    public Candidate<NativePlan>? Plan(NativeConvolution layer)
    {
        NativePlan plan = NativePlanning.Make(layer.Name, layer.Descriptor with { Algorithm = NativeAlgorithm.Direct });
        return new Candidate<NativePlan>(Name, Kind, plan.Cost, plan);
    }
}
