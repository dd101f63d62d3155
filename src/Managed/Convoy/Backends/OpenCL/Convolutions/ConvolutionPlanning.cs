using Convoy.Layers;
using Algorithms = System.Collections.Immutable.ImmutableArray<
    Convoy.Backends.IConvolutionAlgorithm<Convoy.Backends.OpenCL.Convolutions.ConvolutionLayer, Convoy.Backends.OpenCL.Convolutions.ConvolutionPlan>>;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Plans the regions of convolutions: which algorithm computes one, and whether it does the pooling behind it too.</summary>
internal sealed class ConvolutionPlanning
{
    // Whether pooling is part of a convolution does not depend on the batch, which a device without room for it makes smaller.
    private const int LargeBatch = 1024;

    private readonly Algorithms _algorithms;
    private readonly ImplicitGemm _gemm;
    private readonly ConvolutionAlgorithm _asked;

    /// <summary>Lists the algorithms.</summary>
    /// <param name="memory">Where weights go.</param>
    /// <param name="device">What kernels are specialised for.</param>
    /// <param name="kernels">The kernels.</param>
    /// <param name="options">What is asked for.</param>
    public ConvolutionPlanning(DeviceMemory memory, DeviceTraits device, KernelLibrary kernels, OpenClOptions options)
    {
        var padded = new PaddedConvolution(memory, device, kernels);
        _gemm = new ImplicitGemm(memory, kernels, padded);
        _asked = options.Convolutions;
        var microBatches = new WinogradMicroBatches(device, memory.Context.Device.MaxAllocationBytes);
        _algorithms =
        [
            .. List(_gemm, new DirectConvolution(memory, kernels, padded), new DepthwiseConvolution(memory, device, kernels), new WinogradPreparation(memory, device, kernels, microBatches), microBatches)
                .Where(algorithm => options.Only is null || algorithm.Name == options.Only),
        ];
    }

    /// <summary>Every algorithm for convolutions.</summary>
    public static Algorithms List(
        ImplicitGemm gemm, DirectConvolution direct, DepthwiseConvolution depthwise, WinogradPreparation winograd, WinogradMicroBatches microBatches) =>
    [
        gemm,
        direct,
        depthwise,
        new WinogradConvolution(ConvolutionAlgorithm.Winograd4, pairs: 2, errorBound: 1e-6, microBatches, winograd),
        new WinogradConvolution(ConvolutionAlgorithm.Winograd6, pairs: 3, errorBound: 4e-6, microBatches, winograd),
        new WinogradConvolution(ConvolutionAlgorithm.Winograd8, pairs: 4, errorBound: 1e-5, microBatches, winograd),
    ];

    /// <summary>How many of steps that follow each other, the first a convolution, are computed together: with the pooling behind it where that saves writing the feature map.</summary>
    public int CountTogether(ReadOnlySpan<FusedStep> run, Convolution2D layer) =>
        run.Length > 1 && run[1].Layer is Pool2D pool && DirectConvolutionGeometry.CanTake(pool)
            && Select(_algorithms, new ConvolutionLayer(run[0], layer, LargeBatch)).Plan.PoolsAsItStores ? 2 : 1;

    /// <summary>The algorithms that compute a convolution, with the pooling behind it where that is one of the steps: the one to prefer first.</summary>
    public IEnumerable<RegionForm> List(ImmutableArray<FusedStep> steps, Convolution2D layer, int batch)
    {
        if (steps.Length > 1)
        {
            return [FormOf(steps, batch, Select(_algorithms, new ConvolutionLayer(steps[0], layer, LargeBatch)))];
        }

        return List(steps, new ConvolutionLayer(steps[0], layer, batch));
    }

    /// <summary>Prepares a fully connected layer.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, FullyConnected layer, StepWeights weights, int batch) => _gemm.Prepare(step, layer, weights, batch);

    /// <summary>What is chosen, then what would be without that, and so on.</summary>
    private IEnumerable<RegionForm> List(ImmutableArray<FusedStep> steps, ConvolutionLayer layer)
    {
        Algorithms left = _algorithms;
        do
        {
            Selection<ConvolutionPlan> selection = Select(left, layer);
            left = left.RemoveAll(each => each.Name == selection.Name);
            yield return FormOf(steps, layer.Batch, selection);
        }
        while (left.Any(each => IsTaken(each) && each.Plan(layer) is not null));

        // One that does not apply makes way for the direct ones.
        bool IsTaken(IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan> algorithm) =>
            algorithm.Kind == ConvolutionAlgorithm.Direct || AlgorithmSelector.IsAllowed(algorithm.Kind, _asked);
    }

    private Selection<ConvolutionPlan> Select(Algorithms algorithms, ConvolutionLayer layer) => AlgorithmSelector.Select(algorithms, layer, _asked);

    private static RegionForm FormOf(ImmutableArray<FusedStep> steps, int batch, Selection<ConvolutionPlan> selection) => new(
        selection.Name,
        weights => selection.Plan.Prepare(
            new ConvolutionTask(steps[0], steps.ElementAtOrDefault(1), weights[0], batch, selection.Name, selection.Reason)),
        selection.ErrorBound);
}
