using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.Native;

/// <summary>From a convolution to a plan: which algorithm computes it, and in which layout it reads.</summary>
internal static class ConvolutionPlanning
{
    // What pooling at once saves at the least.
    private const double MostUneven = 1.03;

    private static readonly int[] WinogradPoints = [4, 6, 8];

    /// <summary>
    /// Plans with the algorithm asked for, or directly where that one cannot compute the layer; with the best of all where
    /// none is asked for. Pooling makes no difference to the choice: it becomes part of the convolution, the bits being the
    /// same either way, or a plan behind it.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="layer">Its layer.</param>
    /// <param name="batch">The largest number of images.</param>
    /// <param name="choices">What is left to planning, or settled.</param>
    /// <param name="reason">Why it is this algorithm.</param>
    public static NativePlan[] Plan(FusedStep step, Convolution2D layer, int batch, in NativeChoices choices, out string reason)
    {
        Conv2DDescriptor descriptor = Describe(step, layer, batch, choices);
        NativePlan plan = Choose(step, layer, descriptor, choices, out reason);
        if (step.Pool is not { } pool)
        {
            return [plan];
        }

        Shape map = step.UnpooledShape;
        return TryPool(step, pool, map, descriptor, plan, choices.Threads, out NativePlan pooled)
            ? [pooled]
            : [plan, NativePlanning.PlanPool(step, pool, map, batch, choices.Isa)];
    }

    /// <summary>Whether a step's pooling is part of its convolution, by the word of the cost model alone.</summary>
    public static bool TakesPool(FusedStep step, int batch, in NativeChoices choices) =>
        Plan(step, (Convolution2D)step.Layer, batch, choices with { Measured = null }, out _).Length == 1;

    private static NativePlan Choose(
        FusedStep step, Convolution2D layer, in Conv2DDescriptor descriptor, in NativeChoices choices, out string reason)
    {
        NativePlan[] candidates = PlanAll(step, layer, descriptor, choices);
        switch (choices.Convolution)
        {
            case ConvolutionAlgorithm.Auto:
                return AlgorithmChoice.Choose(candidates, KeyOf(descriptor), choices.Measured, out reason);
            case var asked when candidates.Length == 0:
                reason = $"{asked.ToString().ToLowerInvariant()} was asked for, and does not apply";
                return NativePlanning.Make(step.Name, descriptor with { Algorithm = NativeAlgorithm.Direct });
            default:
                NativePlan plan = AlgorithmChoice.Choose(candidates, KeyOf(descriptor), null, out reason);
                reason = candidates.Length == 1 ? "asked for" : reason;
                return plan;
        }
    }

    /// <summary>Makes pooling part of a planned convolution; false where it cannot be, or would leave threads idle.</summary>
    private static bool TryPool(
        FusedStep step, Pool2D pool, Shape map, in Conv2DDescriptor descriptor, in NativePlan plan, int threads, out NativePlan pooled)
    {
        pooled = default;
        if (pool.Kind != PoolKind.Max || plan.Algorithm != NativeAlgorithm.Winograd)
        {
            return false;
        }

        Padding padding = pool.Window.ResolvePadding(map);
        Conv2DDescriptor withPool = descriptor with
        {
            Algorithm = plan.Algorithm,
            InputLayout = plan.InputLayout,
            Points = plan.Points,
            Pool = new MaxPoolWindows
            {
                KernelH = pool.Kernel.Height,
                KernelW = pool.Kernel.Width,
                StrideH = pool.Stride.Height,
                StrideW = pool.Stride.Width,
                PadTop = padding.Top,
                PadLeft = padding.Left,
                OutHeight = step.OutputShape.Height,
                OutWidth = step.OutputShape.Width,
            },
        };
        return TryPlan(step, withPool, out pooled) && BusiestShare(step, pooled, threads) <= MostUneven * BusiestShare(step, plan, threads);
    }

    /// <summary>
    /// How much of a round's products and outputs the busiest thread computes: pooled, work is divided into whole images, and
    /// so into fewer items.
    /// </summary>
    private static double BusiestShare(FusedStep step, in NativePlan plan, int threads)
    {
        NativeMethods.GetWorkItems(plan, plan.Batch, phase: 1, out long items).ThrowIfFailed("divide the work of", step.Name);
        return (items + threads - 1) / threads / (double)items;
    }

    /// <summary>Every algorithm that is allowed and applies, in the layout each is best given.</summary>
    private static NativePlan[] PlanAll(FusedStep step, Convolution2D layer, in Conv2DDescriptor descriptor, in NativeChoices choices)
    {
        var plans = new List<NativePlan>();
        if (choices.Convolution is ConvolutionAlgorithm.Auto or ConvolutionAlgorithm.Direct)
        {
            plans.Add(NativePlanning.Make(step.Name, descriptor with { Algorithm = NativeAlgorithm.Direct }));
        }

        NativeLayout layout = ReadsPlanes(step, layer, choices) ? NativeLayout.Nchw : NativeLayout.Nhwc;
        foreach (int points in WinogradPoints)
        {
            bool isAllowed = choices.Convolution is ConvolutionAlgorithm.Auto or ConvolutionAlgorithm.Winograd || (int)choices.Convolution == points;
            if (isAllowed && TryPlan(step, descriptor with { Algorithm = NativeAlgorithm.Winograd, InputLayout = layout, Points = points }, out NativePlan plan))
            {
                plans.Add(plan);
            }
        }

        return [.. plans];
    }

    /// <summary>False where the algorithm does not apply, or its own sizes do not fit: both leave the layer to the others.</summary>
    private static bool TryPlan(FusedStep step, in Conv2DDescriptor descriptor, out NativePlan plan)
    {
        plan = new NativePlan();
        NativeStatus status = descriptor.Plan(ref plan);
        if (status is not (NativeStatus.Unsupported or NativeStatus.Overflow))
        {
            status.ThrowIfFailed("plan", step.Name);
        }

        return status == NativeStatus.Ok;
    }

    private static Conv2DDescriptor Describe(FusedStep step, Convolution2D layer, int batch, in NativeChoices choices)
    {
        Shape input = step.InputShapes[0];
        Padding padding = layer.Window.ResolvePadding(input);
        return new Conv2DDescriptor
        {
            Isa = choices.Isa,
            Batch = batch,
            Height = input.Height,
            Width = input.Width,
            InChannels = input.Channels,
            OutChannels = layer.Filters,
            KernelH = layer.Kernel.Height,
            KernelW = layer.Kernel.Width,
            StrideH = layer.Stride.Height,
            StrideW = layer.Stride.Width,
            PadTop = padding.Top,
            PadLeft = padding.Left,
            PadBottom = padding.Bottom,
            PadRight = padding.Right,
            DilationH = layer.Dilation.Height,
            DilationW = layer.Dilation.Width,
            Groups = layer.Groups,
            Activation = NativePlanning.Translate(step.Activation),
        };
    }

    /// <summary>
    /// A strided convolution folds its input anyhow: where that is the network's own, as callers give it, the transform of
    /// layout before it falls away. Bytes come with channels last.
    /// </summary>
    private static bool ReadsPlanes(FusedStep step, Convolution2D layer, in NativeChoices choices) =>
        step.Inputs[0] == 0 && layer.Stride.Height > 1 && !choices.TakesBytes;

    /// <summary>Everything about the layer that its speed depends on.</summary>
    private static string KeyOf(in Conv2DDescriptor layer) => FormattableString.Invariant(
        $"{layer.Batch} x {layer.Height} x {layer.Width} x {layer.InChannels} to {layer.OutChannels}, kernel {layer.KernelH} x {layer.KernelW}, stride {layer.StrideH} x {layer.StrideW}, padding {layer.PadTop} {layer.PadLeft} {layer.PadBottom} {layer.PadRight}, dilation {layer.DilationH} x {layer.DilationW}, groups {layer.Groups}, {layer.Activation}");
}
