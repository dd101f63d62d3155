using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.Native;

/// <summary>From a convolution to a plan: which algorithm computes it, and in which layout it reads.</summary>
internal static class ConvolutionPlanning
{
    private static readonly int[] WinogradPoints = [4, 6, 8];

    /// <summary>
    /// Plans with the algorithm asked for, or directly where that one cannot compute the layer; with the best of all where
    /// none is asked for.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="layer">Its layer.</param>
    /// <param name="batch">The largest number of images.</param>
    /// <param name="choices">What is left to planning, or settled.</param>
    /// <param name="reason">Why it is this algorithm.</param>
    public static NativePlan Plan(FusedStep step, Convolution2D layer, int batch, in NativeChoices choices, out string reason)
    {
        Conv2DDescriptor descriptor = Describe(step, layer, batch, choices);
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
