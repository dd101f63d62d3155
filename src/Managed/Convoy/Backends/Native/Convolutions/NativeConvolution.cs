using Convoy.Layers;

namespace Convoy.Backends.Native.Convolutions;

/// <summary>A convolution as the native backend plans it: its descriptor, which the algorithms complete.</summary>
/// <param name="Name">The step's name.</param>
/// <param name="Layer">Its layer.</param>
/// <param name="Input">One image of its input.</param>
/// <param name="Descriptor">The layer, its algorithm left open.</param>
/// <param name="FoldedLayout">The layout in which an algorithm that copies its input anyhow is best given it.</param>
internal sealed record NativeConvolution(string Name, Convolution2D Layer, Shape Input, Conv2DDescriptor Descriptor, NativeLayout FoldedLayout)
{
    // What pooling at once saves at the least.
    private const double MostUneven = 1.03;

    /// <summary>Every algorithm of the C library for convolutions.</summary>
    public static ImmutableArray<IConvolutionAlgorithm<NativeConvolution, NativePlan>> Algorithms { get; } =
    [
        new DirectConvolution(),
        new DepthwiseConvolution(),
        new WinogradConvolution(ConvolutionAlgorithm.Winograd4, pairs: 2, errorBound: 1e-6),
        new WinogradConvolution(ConvolutionAlgorithm.Winograd6, pairs: 3, errorBound: 4e-6),
        new WinogradConvolution(ConvolutionAlgorithm.Winograd8, pairs: 4, errorBound: 1e-5),
    ];

    /// <summary>Describes a step's layer.</summary>
    public static NativeConvolution Of(FusedStep step, Convolution2D layer, int batch, in NativeOptions options)
    {
        Shape input = step.InputShapes[0];
        var descriptor = new Conv2DDescriptor
        {
            Header = NativeHeader.Of<Conv2DDescriptor>(options.Isa, batch),
            Input = NativeImage.Of(input),
            Window = NativeWindow.Of(layer.Kernel, layer.Stride, layer.Window.ResolvePadding(input)),
            OutChannels = layer.Filters,
            DilationH = layer.Dilation.Height,
            DilationW = layer.Dilation.Width,
            Groups = layer.Groups,
            Activation = NativeActivation.Of(step.Name, step.Activation),
        };

        // A strided convolution folds its input anyhow: where that is the network's own, as callers give it, the transform
        // of layout before it falls away. Bytes come with channels last.
        bool readsPlanes = step.Inputs[0] == 0 && layer.Stride.Height > 1 && !options.TakesBytes;
        return new NativeConvolution(step.Name, layer, input, descriptor, readsPlanes ? NativeLayout.Nchw : NativeLayout.Nhwc);
    }

    /// <summary>Chooses an algorithm.</summary>
    public Selection<NativePlan> Select(in NativeOptions options)
    {
        TuningCache? tuning = options.Tuning;
        return AlgorithmSelector.Select(
            Algorithms, this, options.Convolution, tuning is null ? null : candidates => tuning.Get(ToKey(), [.. candidates.Select(each => each.Plan)]));
    }

    /// <summary>
    /// Makes maximum pooling part of a planned convolution: the bits are the same either way. Null where the algorithm cannot,
    /// the library finds an image's share too large for the cache, or threads would be left idle.
    /// </summary>
    /// <param name="plan">The convolution without pooling.</param>
    /// <param name="pool">The step that pools.</param>
    /// <param name="threads">Threads that share the work.</param>
    public NativePlan? PlanPooled(in NativePlan plan, FusedStep pool, int threads)
    {
        if (plan.Algorithm != NativeAlgorithm.Winograd || pool.Layer is not Pool2D { Kind: PoolKind.Max } layer || layer.Window.Dilation != 1)
        {
            return null;
        }

        NativePlan? pooled = TryPlan(Complete(plan) with
        {
            Pool = new NativeMaxPool
            {
                Window = NativeWindow.Of(layer.Kernel, layer.Stride, layer.Window.ResolvePadding(pool.InputShapes[0])),
                OutHeight = pool.OutputShape.Height,
                OutWidth = pool.OutputShape.Width,
            },
        });
        return pooled is { } found && BusiestShare(found, threads) <= MostUneven * BusiestShare(plan, threads) ? pooled : null;
    }

    /// <summary>
    /// Lets a planned convolution write its part of a concatenation: the bits are the same. Null where the algorithm cannot.
    /// </summary>
    public NativePlan? PlanPart(in NativePlan plan, Concatenations.Place place) => TryPlan(Complete(plan) with
    {
        MapChannels = place.Step.OutputShape.Channels,
        ChannelOffset = place.Offset,
    });

    /// <summary>
    /// Makes the addition of a residual part of a planned convolution: the bits are the same either way. Null where the algorithm
    /// cannot, or reads its input in another layout than it would the residual.
    /// </summary>
    public NativePlan? PlanResidual(in NativePlan plan, FusedStep addition) => plan.InputLayout != NativeLayout.Nhwc ? null : TryPlan(Complete(plan) with
    {
        HasResidual = 1,
        Activation = NativeActivation.Of(addition.Name, addition.Activation),
    });

    /// <summary>Asks the library; null where the algorithm does not apply, or its own sizes do not fit: both leave the layer to the others.</summary>
    public NativePlan? TryPlan(in Conv2DDescriptor descriptor)
    {
        var plan = new NativePlan();
        NativeStatus status = Conv2DDescriptor.Plan(descriptor, ref plan);
        if (status is NativeStatus.Unsupported or NativeStatus.Overflow)
        {
            return null;
        }

        status.ThrowIfFailed("plan", Name);
        return plan;
    }

    /// <summary>The descriptor of what was planned.</summary>
    private Conv2DDescriptor Complete(in NativePlan plan) => Descriptor with
    {
        Algorithm = plan.Algorithm,
        InputLayout = plan.InputLayout,
        Points = plan.Points,
    };

    /// <summary>
    /// How much of a micro-batch's GEMM and outputs the busiest thread computes: pooled, work is divided into whole images,
    /// and so into fewer items.
    /// </summary>
    private double BusiestShare(in NativePlan plan, int threads)
    {
        NativeMethods.GetWorkItems(plan, plan.Batch, phase: 1, out long items).ThrowIfFailed("divide the work of", Name);
        return (items + threads - 1) / threads / (double)items;
    }

    /// <summary>Everything about the layer that its speed depends on.</summary>
    private string ToKey()
    {
        (NativeImage input, NativeWindow window) = (Descriptor.Input, Descriptor.Window);
        return FormattableString.Invariant(
            $"{Descriptor.Header.Batch} x {input.Height} x {input.Width} x {input.Channels} to {Descriptor.OutChannels}, kernel {window.KernelH} x {window.KernelW}, stride {window.StrideH} x {window.StrideW}, padding {window.PadTop} {window.PadLeft} {window.PadBottom} {window.PadRight}, dilation {Descriptor.DilationH} x {Descriptor.DilationW}, groups {Descriptor.Groups}, {Descriptor.Activation.Kind}");
    }
}
