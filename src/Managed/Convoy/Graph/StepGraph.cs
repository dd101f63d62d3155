using System.Collections.Immutable;

namespace Convoy.Graph;

/// <summary>
/// A network as it is executed: dead layers removed, dropout and flattening passed over, batch normalisation folded,
/// activations fused into their producers, and every value's lifetime known. A pure function of the network.
/// </summary>
public sealed class StepGraph
{
    private StepGraph(Network network, ImmutableArray<FusedStep> steps, ImmutableArray<StepValue> values, int output)
    {
        Network = network;
        Steps = steps;
        Values = values;
        Output = output;
    }

    /// <summary>The network the steps compute.</summary>
    public Network Network { get; }

    /// <summary>The steps, in the order they run.</summary>
    public ImmutableArray<FusedStep> Steps { get; }

    /// <summary>The values the steps read and write; value 0 is the network's input.</summary>
    public ImmutableArray<StepValue> Values { get; }

    /// <summary>The value the network answers.</summary>
    public int Output { get; }

    /// <summary>Runs the passes over a network.</summary>
    public static StepGraph Create(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        ImmutableArray<FusedStep> steps = StepFusion.Fuse(network, out int output);
        return new StepGraph(network, steps, FindValues(network, steps, output), output);
    }

    private static ImmutableArray<StepValue> FindValues(Network network, ImmutableArray<FusedStep> steps, int output)
    {
        Lifetime[] lifetimes = Lifetimes.Find([.. steps.Select(step => step.Inputs.AsSpan().ToArray())], output);
        return [.. lifetimes.Select((lifetime, value) =>
            new StepValue(value == 0 ? network.Input.Shape : steps[value - 1].OutputShape, lifetime))];
    }
}
