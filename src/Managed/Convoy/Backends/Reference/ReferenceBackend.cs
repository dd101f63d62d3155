using Convoy.Graph;
using Convoy.Layers;
using Convoy.Tensors;

namespace Convoy.Backends.Reference;

/// <summary>
/// The oracle: every layer as its definition reads, in double precision, NCHW, one thread, plain loops. Slow and meant to
/// be; nothing here is shared with the backends it checks.
/// </summary>
public sealed class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public string Name => "reference";

    /// <inheritdoc/>
    public int Threads => 1;

    /// <inheritdoc/>
    public int ElementBytes => sizeof(double);

    /// <inheritdoc/>
    public Layout PreferredLayout => Layout.Nchw;

    /// <inheritdoc/>
    public IStep Prepare(FusedStep step, StepWeights weights, int batch)
    {
        ArgumentNullException.ThrowIfNull(step);
        return new ReferenceStep(step, Select(step, weights), batch);
    }

    /// <inheritdoc/>
    public IStep PrepareTransform(Shape shape, Layout from, Layout to, int batch) =>
        throw new BackendException("The reference backend computes everything in one layout and transforms none.");

    /// <inheritdoc/>
    public IBatchEntry PrepareEntry(Shape shape, Layout to, PixelNormalization? normalization, int batch) =>
        new ReferenceEntry(shape, normalization);

    /// <inheritdoc/>
    public IBatchExit PrepareExit(Shape shape, Layout from, int batch) => new ReferenceExit(shape);

    /// <inheritdoc/>
    public IArena CreateArena(long bytes, long scratchBytes) => new ReferenceArena(bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static ImageFunction Select(FusedStep step, StepWeights weights)
    {
        Shape input = step.InputShapes[0];
        Shape output = step.OutputShape;

        // The caller lets its weights go after preparation.
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
