using Convoy.Layers;

namespace Convoy.Backends.Reference;

/// <summary>Which definition computes which layer.</summary>
internal static class ReferenceFunctions
{
    /// <summary>The function of a step; its weights may be let go afterwards.</summary>
    /// <exception cref="BackendException">There is none for such a layer.</exception>
    public static ImageFunction Select(FusedStep step, StepWeights weights)
    {
        Shape input = step.InputShapes[0];
        Shape output = step.OutputShape;
        float[] kernel = weights.Kernel.ToArray();
        float[] bias = weights.Bias.ToArray();
        return step.Layer switch
        {
            Convolution2D layer => (x, y) => ReferenceConvolution.Convolve(layer, x[0], input, kernel, bias, y, output),
            FullyConnected => (x, y) => ReferenceConvolution.Connect(x[0], kernel, bias, y),
            Pool2D layer => ReferencePooling.Select(layer, input, output),
            AdaptivePool2D layer => ReferencePooling.Select(layer, input, output),
            Pad2D layer => (x, y) => ReferencePadding.Pad(layer, x[0], input, y, output),
            LocalResponseNormalization layer => (x, y) => ReferencePointwise.Normalize(layer, x[0], input, y),
            Softmax => (x, y) => ReferencePointwise.Softmax(x[0], input, y),
            LogSoftmax => (x, y) => ReferencePointwise.LogSoftmax(x[0], input, y),
            Binary layer => ReferenceBinary.OfTensors(layer),
            BinaryConstant layer => ReferenceBinary.OfConstant(layer, input),
            Concat => ReferencePointwise.Concat,
            ActivationLayer or Flatten => (x, y) => x[0].CopyTo(y),
            _ => throw new BackendException($"Layer '{step.Name}': the reference backend does not know {step.Layer.Op} layers."),
        };
    }

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
            functions[c] = ReferenceActivations.Select(step.Activation, step.Activation.HasSlopes ? slopes[c] : 0);
        }

        return [.. functions];
    }
}
