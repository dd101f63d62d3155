using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.Native;

/// <summary>From a convolution to a plan: which algorithm computes it, and in which layout it reads.</summary>
internal static class ConvolutionPlanning
{
    /// <summary>Plans with the algorithm asked for, or directly where that one cannot compute the layer.</summary>
    public static NativePlan Plan(FusedStep step, Convolution2D layer, int batch, in NativeChoices choices)
    {
        Conv2DDescriptor descriptor = Describe(step, layer, batch, choices);
        NativePlan plan = default;
        return TryPlan(step, descriptor, ref plan) ? plan
            : TryPlan(step, descriptor with { InputLayout = NativeLayout.Nhwc }, ref plan) ? plan
            : NativePlanning.Make(step.Name, descriptor with { Algorithm = NativeAlgorithm.Direct, InputLayout = NativeLayout.Nhwc, Points = 0 });
    }

    private static bool TryPlan(FusedStep step, in Conv2DDescriptor descriptor, ref NativePlan plan)
    {
        plan = new NativePlan();
        NativeStatus status = descriptor.Plan(ref plan);
        if (status != NativeStatus.Unsupported)
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
            Algorithm = choices.Convolution switch
            {
                ConvolutionAlgorithm.Auto => NativeAlgorithm.Auto,
                ConvolutionAlgorithm.Direct => NativeAlgorithm.Direct,
                _ => NativeAlgorithm.Winograd,
            },
            Points = choices.Convolution >= ConvolutionAlgorithm.Winograd4 ? (int)choices.Convolution : 0,
            InputLayout = ReadsPlanes(step, layer, choices) ? NativeLayout.Nchw : NativeLayout.Nhwc,
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
        step.Inputs[0] == 0 && layer.Stride.Height > 1 && !choices.TakesBytes && choices.Convolution != ConvolutionAlgorithm.Direct;
}
