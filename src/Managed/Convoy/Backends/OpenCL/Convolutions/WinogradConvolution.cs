using Convoy.Backends.Winograd;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// Winograd's algorithm with so many finite points along an axis (winograd.cl, its GEMMs by convolution.cl): fewer
/// multiplications, and larger errors the more points there are.
/// </summary>
internal sealed class WinogradConvolution(
    ConvolutionAlgorithm kind, int pairs, double errorBound, WinogradMicroBatches microBatches, WinogradPreparation preparation)
    : IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan>
{
    /// <inheritdoc/>
    public string Name { get; } = $"winograd-{2 * pairs}";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => kind;

    /// <inheritdoc/>
    public double ErrorBound => errorBound;

    /// <inheritdoc/>
    public Candidate<ConvolutionPlan>? Plan(ConvolutionLayer layer)
    {
        if (WinogradGeometry.Find(layer.Layer, layer.Input, pairs) is not { } geometry || !microBatches.CanTake(geometry))
        {
            return null;
        }

        double weights = ImplicitGemm.CostOfByte * geometry.WeightBytes * microBatches.Count(geometry, layer.Batch);
        return new Candidate<ConvolutionPlan>(
            Name, Kind, (CostOf(geometry) * layer.Batch) + weights, new ConvolutionPlan(task => preparation.Prepare(task, layer.Layer, geometry)));
    }

    /// <summary>
    /// What an image costs, in multiply-adds of the implicit GEMM: the GEMMs, which are the slower, the fewer channels there
    /// are to add up, and the transforms, which are bound by loads and stores (two cores, PoCL).
    /// </summary>
    private double CostOf(WinogradGeometry geometry)
    {
        (double gemm, double transform) = microBatches.IsOneKernel(geometry)
            ? (0.85 + (10 * geometry.Groups / (double)geometry.Channels), 3)
            : (1.4 + (20 * geometry.Groups / (double)geometry.Channels), 10);
        double gemms = geometry.PointsOfTiles * geometry.Channels / geometry.Groups * geometry.Filters * gemm;
        double transforms = geometry.PointsOfTiles * (geometry.Points + 4) * (geometry.Channels + geometry.Filters) * transform;
        return gemms + transforms;
    }
}
