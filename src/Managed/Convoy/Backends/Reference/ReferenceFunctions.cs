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
            Pool2D layer => (x, y) => ReferencePooling.Pool(layer, x[0], input, y, output),
            AdaptiveAveragePool2D => (x, y) => ReferencePooling.AdaptiveAverage(x[0], input, y, output),
            LocalResponseNormalization layer => (x, y) => ReferencePointwise.Normalize(layer, x[0], input, y),
            Softmax => (x, y) => ReferencePointwise.Softmax(x[0], input, y),
            Add => (x, y) => ReferencePointwise.Add(x[0], x[1], y),
            Concat => ReferencePointwise.Concat,
            ActivationLayer or Flatten => (x, y) => x[0].CopyTo(y),
            _ => throw new BackendException($"Layer '{step.Name}': the reference backend does not know {step.Layer.Op} layers."),
        };
    }
}
