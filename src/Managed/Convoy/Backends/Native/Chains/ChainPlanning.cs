using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>From a run of fused steps to a chain: which of them the C library computes as one operator.</summary>
internal static class ChainPlanning
{
    // By itself a step gains nothing from being a chain.
    private const int FewestLayers = 2;

    /// <summary>Plans as many of the steps, from the first on, as make a chain; returns how many, 0 where none do.</summary>
    public static int TryPlanLongest(ReadOnlySpan<FusedStep> steps, int batch, InstructionSet isa, out NativePlan plan)
    {
        for (int count = CountTranslatable(steps); count >= FewestLayers; count--)
        {
            NativeStatus status = TryPlan(steps[..count], batch, isa, out plan);
            if (status == NativeStatus.Ok)
            {
                return count;
            }

            if (status is not (NativeStatus.Unsupported or NativeStatus.Overflow))
            {
                status.ThrowIfFailed("plan", steps[0].Name);
            }
        }

        plan = default;
        return 0;
    }

    /// <summary>Steps that chains have layers for; a softmax ends one.</summary>
    private static int CountTranslatable(ReadOnlySpan<FusedStep> steps)
    {
        int count = 0;
        while (count < Math.Min(steps.Length, NativeChainLayers.Length) && Translate(steps[count]) is not null)
        {
            if (steps[count++].Layer is Softmax)
            {
                break;
            }
        }

        return count;
    }

    private static NativeStatus TryPlan(ReadOnlySpan<FusedStep> steps, int batch, InstructionSet isa, out NativePlan plan)
    {
        var descriptor = new ChainDescriptor
        {
            Header = NativeHeader.Of<ChainDescriptor>(isa, batch),
            Input = NativeImage.Of(steps[0].InputShapes[0]),
            LayerCount = steps.Length,
        };
        for (int i = 0; i < steps.Length; i++)
        {
            descriptor.Layers[i] = Translate(steps[i])
                ?? throw new BackendException($"Layer '{steps[i].Name}' cannot be a part of a chain.");
        }

        plan = new NativePlan();
        return ChainDescriptor.Plan(descriptor, ref plan);
    }

    /// <summary>A step as a chain's layer, or null where chains have no such layer.</summary>
    private static NativeChainLayer? Translate(FusedStep step)
    {
        Shape input = step.InputShapes[0];
        return step.Layer switch
        {
            Convolution2D { Groups: 1 } layer when layer.Dilation == 1 =>
                Convolve(step, layer.Filters, NativeWindow.Of(layer.Kernel, layer.Stride, layer.Window.ResolvePadding(input))),
            FullyConnected layer => Convolve(step, layer.Features, NativeWindow.Of(new Extent2D(input.Height, input.Width), 1)),
            Pool2D layer => TranslatePool(layer, input, step.OutputShape),
            AdaptivePool2D { Kind: PoolKind.Average } => TranslateAdaptivePool(input, step.OutputShape),
            Softmax => new NativeChainLayer { Kind = NativeChainKind.Softmax },
            _ => null,
        };
    }

    private static NativeChainLayer Convolve(FusedStep step, int channels, NativeWindow window) => new()
    {
        Kind = NativeChainKind.Convolution,
        OutChannels = channels,
        Window = window,
        Activation = NativeActivation.Of(step.Name, step.Activation),
    };

    /// <summary>Windows must lie inside the image.</summary>
    private static NativeChainLayer? TranslatePool(Pool2D layer, Shape input, Shape output) =>
        layer.Window.Dilation == 1
        && layer.Window.ResolvePadding(input).IsNone
        && ((output.Height - 1) * layer.Stride.Height) + layer.Kernel.Height <= input.Height
        && ((output.Width - 1) * layer.Stride.Width) + layer.Kernel.Width <= input.Width
        && KindOf(layer) is { } kind
            ? new NativeChainLayer { Kind = kind, Window = NativeWindow.Of(layer.Kernel, layer.Stride) }
            : null;

    /// <summary>Windows must all be alike.</summary>
    private static NativeChainLayer? TranslateAdaptivePool(Shape input, Shape output)
    {
        if (input.Height % output.Height != 0 || input.Width % output.Width != 0)
        {
            return null;
        }

        var window = new Extent2D(input.Height / output.Height, input.Width / output.Width);
        return new NativeChainLayer { Kind = NativeChainKind.AveragePool, Window = NativeWindow.Of(window, window) };
    }

    private static NativeChainKind? KindOf(Pool2D layer) => layer.Kind switch
    {
        PoolKind.Max => NativeChainKind.MaxPool,
        PoolKind.Average => NativeChainKind.AveragePool,
        _ => null,
    };
}
