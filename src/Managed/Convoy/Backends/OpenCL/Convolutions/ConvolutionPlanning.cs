using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Plans the regions of convolutions: which algorithm computes one, and whether it does the pooling behind it too.</summary>
internal sealed class ConvolutionPlanning
{
    // Whether pooling is part of a convolution does not depend on the batch, which a device without room for it makes smaller.
    private const int LargeBatch = 1024;

    private readonly ImmutableArray<IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan>> _algorithms;
    private readonly ImplicitGemm _gemm;
    private readonly ConvolutionAlgorithm _asked;

    /// <summary>Lists the algorithms.</summary>
    /// <param name="memory">Where weights go.</param>
    /// <param name="device">What kernels are specialised for.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="asked">What the session asks for.</param>
    /// <param name="only">The only algorithm to take, by its name, where kernels are looked at by themselves; null for all.</param>
    public ConvolutionPlanning(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, ConvolutionAlgorithm asked, string? only)
    {
        var padded = new PaddedConvolution(memory, device, kernels);
        _gemm = new ImplicitGemm(memory, kernels, padded);
        _asked = asked;
        var microBatches = new WinogradMicroBatches(device, memory.Context.Device.MaxAllocationBytes);
        _algorithms =
        [
            .. List(_gemm, new DirectConvolution(memory, kernels, padded), new DepthwiseConvolution(memory, device, kernels), new WinogradPreparation(memory, device, kernels, microBatches), microBatches)
                .Where(algorithm => only is null || algorithm.Name == only),
        ];
    }

    /// <summary>Every algorithm for convolutions.</summary>
    public static ImmutableArray<IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan>> List(
        ImplicitGemm gemm, DirectConvolution direct, DepthwiseConvolution depthwise, WinogradPreparation winograd, WinogradMicroBatches microBatches) =>
    [
        gemm,
        direct,
        depthwise,
        new WinogradConvolution(ConvolutionAlgorithm.Winograd4, pairs: 2, errorBound: 1e-6, microBatches, winograd),
        new WinogradConvolution(ConvolutionAlgorithm.Winograd6, pairs: 3, errorBound: 4e-6, microBatches, winograd),
        new WinogradConvolution(ConvolutionAlgorithm.Winograd8, pairs: 4, errorBound: 1e-5, microBatches, winograd),
    ];

    /// <summary>Plans the first of steps that follow each other, a convolution, together with the pooling behind it where that saves writing the feature map.</summary>
    public OpenClRegion Plan(ReadOnlySpan<FusedStep> run, Convolution2D layer, int batch)
    {
        FusedStep step = run[0];
        if (run.Length > 1 && run[1].Layer is Pool2D pool && DirectConvolutionGeometry.CanTake(pool))
        {
            Selection<ConvolutionPlan> large = Select(new ConvolutionLayer(step, layer, LargeBatch));
            if (large.Plan.PoolsAsItStores)
            {
                return Region([step, run[1]], batch, large);
            }
        }

        return Region([step], batch, Select(new ConvolutionLayer(step, layer, batch)));
    }

    /// <summary>Prepares a fully connected layer.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, FullyConnected layer, StepWeights weights, int batch) => _gemm.Prepare(step, layer, weights, batch);

    private Selection<ConvolutionPlan> Select(ConvolutionLayer layer) => AlgorithmSelector.Select(_algorithms, layer, _asked);

    private static OpenClRegion Region(ImmutableArray<FusedStep> steps, int batch, Selection<ConvolutionPlan> selection) =>
        new(steps, batch, weights => selection.Plan.Prepare(
            new ConvolutionTask(steps[0], steps.ElementAtOrDefault(1), weights, batch, selection.Name, selection.Reason)))
        {
            ErrorBound = selection.ErrorBound,
        };
}
