using Convoy.Layers;

namespace Convoy.Backends.OpenCL.Convolutions;

/// <summary>
/// Every convolution, and every fully connected layer, as one implicit GEMM (convolution.cl): the rows are output pixels, whose
/// inputs are read where they lie.
/// </summary>
internal sealed class ImplicitGemm(DeviceMemory memory, KernelLibrary kernels, PaddedConvolution padded) : IConvolutionAlgorithm<ConvolutionLayer, ConvolutionPlan>
{
    /// <summary>Weights outgrow a core's caches; the time to read a byte of them is that of so many multiply-adds (two cores, PoCL).</summary>
    public const double CostOfByte = 2;

    /// <inheritdoc/>
    public string Name => "implicit gemm";

    /// <inheritdoc/>
    public ConvolutionAlgorithm Kind => ConvolutionAlgorithm.Direct;

    /// <inheritdoc/>
    public double ErrorBound => 1e-6;

    /// <summary>What a batch costs, in multiply-adds.</summary>
    public static double CostOf(ConvolutionLayer layer)
    {
        Convolution2D convolution = layer.Layer;
        double weights = (double)convolution.Filters * (layer.Input.Channels / convolution.Groups) * convolution.Kernel.Height * convolution.Kernel.Width * sizeof(float);
        return ((double)layer.Step.MultiplyAdds * layer.Batch) + (CostOfByte * weights);
    }

    /// <inheritdoc/>
    public Candidate<ConvolutionPlan>? Plan(ConvolutionLayer layer) => new(Name, Kind, CostOf(layer), new ConvolutionPlan(task =>
    {
        PaddedInput input = padded.Pad(task.Step, layer.Layer);
        return Prepare(task, ConvolutionShape.Of(layer.Layer, input.Padded, task.Step.OutputShape), layer.Layer.Groups, layer.Layer.Kernel, input);
    }));

    /// <summary>Prepares a fully connected layer: a GEMM whose rows are whole images.</summary>
    public PreparedOpenClRegion Prepare(FusedStep step, FullyConnected layer, StepWeights weights, int batch)
    {
        Shape input = step.InputShapes[0];
        return Prepare(
            new ConvolutionTask(step, null, weights, batch, Name),
            ConvolutionShape.Of(layer, input),
            groups: 1,
            new Extent2D(input.Height, input.Width),
            new PaddedInput(input, input, default));
    }

    private PreparedOpenClRegion Prepare(ConvolutionTask task, ConvolutionShape shape, int groups, Extent2D kernel, PaddedInput input)
    {
        string activation = KernelActivation.OptionsFor(task.Step.Name, task.Step.Activation);
        KernelForm FormOf(ConvolutionTile each) => each.Form(activation);
        ConvolutionTile tile = kernels.Fit(task.Step.Name, limits => ConvolutionTile.For(limits, shape.GroupFilters), FormOf);
        int filters = CountFiltersOfPart(shape, groups, tile);
        List<PackedLayer> parts = filters == shape.GroupFilters
            ? [PackedLayer.Create(memory, task, groups, kernel, tile.Panel)]
            : PackedLayer.CreateParts(memory, task, kernel, tile.Panel, filters);
        long workItems = tile.Global((long)shape.ImagePixels * task.Batch, shape.GroupFilters, groups).Total;
        return padded.Assemble(task, tile.ToString(), parts, workItems, input, (work, part) => kernels.Launch(FormOf(tile), work, k =>
        {
            int first = part * filters;
            ConvolutionShape own = shape with { GroupFilters = Math.Min(filters, shape.GroupFilters - first) };
            var arguments = new GemmArguments(k, parts[part], own);
            return (arena, in run) =>
            {
                int pixels = own.ImagePixels * run.Images;
                arguments.X.SetInput(arena, run, isInScratch: input.IsCopied);
                arguments.Y.Set(arena.Maps, run.Output + (first * sizeof(float)));
                arguments.Planes.Set(ConvolutionPlanes.Single(groups, pixels));
                return tile.Global(pixels, own.GroupFilters, groups);
            };
        }));
    }

    /// <summary>Filters whose weights the device allocates at a time: all of them, or whole panels where it does not. Groups are not divided.</summary>
    private int CountFiltersOfPart(ConvolutionShape shape, int groups, ConvolutionTile tile)
    {
        long filterBytes = (long)shape.KernelRows * shape.Runs * shape.RunLength * sizeof(float);
        long panels = memory.MostBytes / (filterBytes * tile.Panel);
        return groups > 1 || panels >= (shape.GroupFilters + tile.Panel - 1) / tile.Panel
            ? shape.GroupFilters
            : Math.Max(1, (int)panels) * tile.Panel;
    }
}
