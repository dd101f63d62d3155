using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Which definition computes which layer.</summary>
internal static class ReferenceFunctions
{
    /// <summary>The function of a step; its weights may be let go afterwards.</summary>
    /// <exception cref="BackendException">There is none for such a layer.</exception>
    public static ImageFunction Select(FusedStep step, StepWeights weights) =>
        ReferenceConvolution.Select(step, weights)
        ?? ReferencePooling.Select(step)
        ?? ReferenceElementwise.Select(step)
        ?? ReferenceChannels.Select(step, weights)
        ?? ReferenceCopies.Select(step)
        ?? ReferenceOrders.Select(step)
        ?? throw new BackendException($"Layer '{step.Name}': the reference backend does not know {step.Layer.Op} layers.");

    /// <summary>The step's activation, a function a channel; none where there is none.</summary>
    /// <exception cref="BackendException">There is none of such a kind.</exception>
    public static ImmutableArray<Func<double, double>> SelectActivation(FusedStep step, StepWeights weights)
    {
        if (step.Activation == Activation.None)
        {
            return [];
        }

        ReadOnlySpan<float> slopes = weights.Slopes.Span;
        var functions = new Func<double, double>[step.OutputShape.Channels];
        for (int c = 0; c < functions.Length; c++)
        {
            functions[c] = ReferenceActivations.Select(step.Name, step.Activation, step.Activation.HasSlopes ? slopes[c] : 0);
        }

        return [.. functions];
    }
}
