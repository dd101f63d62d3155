namespace Convoy.Graph;

/// <summary>
/// A network as it is executed: dead layers removed, dropout and flattening passed over, batch normalisation folded,
/// and activations fused into their producers. A pure function of the network.
/// </summary>
internal sealed class StepGraph
{
    /// <summary>Puts steps together that were fused already.</summary>
    internal StepGraph(ImmutableArray<FusedStep> steps, ImmutableArray<Shape> values, ImmutableArray<int> outputs)
    {
        Steps = steps;
        Values = values;
        Outputs = outputs;
    }

    /// <summary>The steps, in the order they run.</summary>
    public ImmutableArray<FusedStep> Steps { get; }

    /// <summary>The shapes of the values the steps read and write, for one image; value 0 is the network's input, and step i writes value i + 1.</summary>
    public ImmutableArray<Shape> Values { get; }

    /// <summary>The values that are the network's outputs, in its order.</summary>
    public ImmutableArray<int> Outputs { get; }

    /// <summary>Runs the passes over a network.</summary>
    public static StepGraph Create(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        ImmutableArray<FusedStep> steps = StepFusion.Fuse(network, out ImmutableArray<int> outputs);
        return new StepGraph(steps, [network.Input.Shape, .. steps.Select(step => step.OutputShape)], outputs);
    }

    /// <summary>The longest run of steps that begins with one, in which each reads what the one before it wrote, and nobody else does.</summary>
    public ReadOnlySpan<FusedStep> FindRun(int first)
    {
        int end = first + 1;
        while (end < Steps.Length && Steps[first].Inputs.Length == 1 && Follows(end))
        {
            end++;
        }

        return Steps.AsSpan()[first..end];
    }

    /// <summary>The step that reads a value, where it is the only one, and the value is not asked for as an output; else null.</summary>
    public FusedStep? FindOnlyReader(int value) =>
        !Outputs.Contains(value) && Steps.Where(step => step.Inputs.Contains(value)).Take(2).ToArray() is [var reader] ? reader : null;

    private bool Follows(int step)
    {
        int before = Steps[step - 1].Output;
        return Steps[step].Inputs is [int input]
            && input == before
            && FindOnlyReader(before) is not null;
    }
}
