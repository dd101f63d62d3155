namespace Convoy.Backends.Native.Convolutions;

/// <summary>
/// Winograd's algorithm with so many finite points along an axis (winograd/winograd.c): fewer multiplications, and larger
/// errors the more points there are.
/// </summary>
internal sealed class WinogradConvolution(ConvolutionAlgorithm kind, int points, double errorBound) : IConvolutionAlgorithm<NativeConvolution, NativePlan>
{
    /// <inheritdoc/>
    public string Name { get; } = $"winograd-{points}";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => kind;

    /// <inheritdoc/>
    public double ErrorBound => errorBound;

    /// <inheritdoc/>
    public Candidate<NativePlan>? Plan(NativeConvolution layer) =>
        layer.TryPlan(layer.Descriptor with { Algorithm = NativeAlgorithm.Winograd, InputLayout = layer.FoldedLayout, Points = points }) is { } plan
            ? new Candidate<NativePlan>(Name, Kind, plan.Cost, plan)
            : null;
}
