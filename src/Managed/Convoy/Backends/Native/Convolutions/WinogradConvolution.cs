using Convoy.Backends.Winograd;

namespace Convoy.Backends.Native.Convolutions;

/// <summary>
/// Winograd's algorithm with so many finite points along an axis (winograd/winograd.c): fewer multiplications, and larger
/// errors the more points there are.
/// </summary>
internal sealed class WinogradConvolution(ConvolutionAlgorithm kind, int pairs, double errorBound) : IConvolutionAlgorithm<NativeConvolution, NativePlan>
{
    /// <inheritdoc/>
    public string Name { get; } = $"winograd-{2 * pairs}";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => kind;

    /// <inheritdoc/>
    public double ErrorBound => errorBound;

    /// <inheritdoc/>
    public Candidate<NativePlan>? Plan(NativeConvolution layer)
    {
        if (WinogradGeometry.Find(layer.Layer, layer.Input, pairs) is not { } geometry)
        {
            return null;
        }

        // The library has limits of its own: what does not fit its sizes is left to the others.
        Conv2DDescriptor descriptor = layer.Descriptor with { Algorithm = NativeAlgorithm.Winograd, InputLayout = layer.FoldedLayout, Points = geometry.Points };
        return layer.TryPlan(descriptor) is { } plan ? new Candidate<NativePlan>(Name, Kind, plan.Cost, plan) : null;
    }
}
