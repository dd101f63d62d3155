namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>Convolutions of few input channels by register tiles along the rows (direct_convolution.cl), which may pool before they store.</summary>
internal sealed class DirectConvolution(DeviceMemory memory, KernelLibrary kernels, PaddedConvolution padded) : IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan>
{
    // The share of the implicit GEMM's time, with three pixels of output in a row or more (two cores, PoCL).
    private const double ShareOfGemm = 0.75;

    /// <inheritdoc/>
    public string Name => "direct";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => ConvolutionAlgorithm.Direct;

    /// <inheritdoc/>
    public double ErrorBound => 1e-6;

    /// <inheritdoc/>
    public Candidate<ConvolutionPlan>? Plan(ConvolutionLayer layer)
    {
        if (!DirectConvolutionGeometry.CanTake(layer.Layer, layer.Input.Channels))
        {
            return null;
        }

        double share = DirectConvolutionGeometry.Pays(layer.Layer, layer.Input) ? ShareOfGemm : 1 / ShareOfGemm;
        return new Candidate<ConvolutionPlan>(Name, Kind, share * ImplicitGemm.CostOf(layer), new ConvolutionPlan(task => Prepare(task, layer), PoolsAsItStores: true));
    }

    private PreparedOpenClRegion Prepare(ConvolutionTask task, ConvolutionLayer layer)
    {
        PaddedInput input = padded.Pad(task.Step, layer.Layer);
        Shape output = task.Output;
        string activation = KernelActivation.OptionsFor(task.Step.Name, task.Step.Activation);
        var geometry = DirectConvolutionGeometry.Of(layer.Layer, input.Padded.Channels, (Layers.Pool2D?)task.Pool?.Layer);
        KernelForm FormOf(DirectConvolutionTile each) => each.Form($"{geometry.Options} {activation}");
        DirectConvolutionTile tile = kernels.Fit(task.Step.Name, limits => DirectConvolutionTile.For(limits, geometry, output), FormOf);
        var packed = PackedLayer.Create(memory, task, 1, layer.Layer.Kernel, tile.Panel);
        long workItems = tile.Global(output, geometry.Pool, task.Batch).Total;
        return padded.Assemble(task, tile.ToString(), packed, workItems, input, work => kernels.Launch(FormOf(tile), work, k =>
        {
            packed.SetOn(k);
            k.Set("shape", DirectConvolutionShape.Of(input.Padded, output, tile));
            var x = new TensorArgument(k, "x");
            var y = new TensorArgument(k, "y");
            return (arena, in run) =>
            {
                x.SetInput(arena, run, isInScratch: input.IsCopied);
                y.SetOutput(arena, run);
                return tile.Global(output, geometry.Pool, run.Images);
            };
        }));
    }
}
