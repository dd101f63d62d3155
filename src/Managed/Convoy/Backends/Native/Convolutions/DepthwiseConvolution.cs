namespace Convoy.Backends.Native.Convolutions;

/// <summary>
/// Convolution of each channel by itself, every multiplication made (depthwise/depthwise.c): what a session that asks for the
/// direct algorithm gets where there is a filter a channel, for GEMM would fill its registers with zeros.
/// </summary>
internal sealed class DepthwiseConvolution : IConvolutionAlgorithm<NativeConvolution, NativePlan>
{
    /// <inheritdoc/>
    public string Name => "depthwise";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => ConvolutionAlgorithm.Direct;

    /// <inheritdoc/>
    public double ErrorBound => 1e-6;

    /// <inheritdoc/>
    public Candidate<NativePlan>? Plan(NativeConvolution layer) =>
        layer.TryPlan(layer.Descriptor with { Algorithm = NativeAlgorithm.Depthwise }) is { } plan ? new Candidate<NativePlan>(Name, Kind, plan.Cost, plan) : null;
}
