using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>
/// Which additions are left to the convolution before, which adds as it stores its results: those of its output, that nobody else
/// reads, and of a value of the same shape that was computed before. Of two convolutions it is the later that adds.
/// </summary>
/// <param name="graph">The steps.</param>
internal sealed class Residuals(StepGraph graph)
{
    private readonly HashSet<int> _added = [];

    /// <summary>An addition: its step, and the value that is added to the convolution's output.</summary>
    public readonly record struct Addition(FusedStep Step, int Residual);

    /// <summary>What is added to a convolution's output; null where that is nothing, or not a convolution's to add.</summary>
    public Addition? Find(FusedStep convolution)
    {
        int value = convolution.Output;
        if (convolution.Activation != Activation.None
            || graph.FindOnlyReader(value) is not { Layer: Binary { Operation: BinaryOperation.Add } } step
            || step.InputShapes[0] != step.InputShapes[1])
        {
            return null;
        }

        // Values are numbered in the order they are computed: an equal number is the output, added to itself.
        int residual = step.Inputs[step.Inputs[0] == value ? 1 : 0];
        return residual < value ? new Addition(step, residual) : null;
    }

    /// <summary>Notes that an addition is left to the convolution.</summary>
    public void Add(Addition addition) => _added.Add(addition.Step.Output);

    /// <summary>Whether a step was.</summary>
    public bool IsAdded(FusedStep step) => _added.Contains(step.Output);
}
