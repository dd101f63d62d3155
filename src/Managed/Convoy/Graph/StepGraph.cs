using System.Collections.Immutable;
using Convoy.Layers;

namespace Convoy.Graph;

/// <summary>
/// A network as it is executed: dead layers removed, dropout and flattening passed over, batch normalisation folded,
/// activations fused into their producers, and every value's lifetime known. A pure function of the network, and of which
/// pooling the backend takes into its convolutions.
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
    /// <param name="network">The network.</param>
    /// <param name="takesPool">Whether a convolution's step is to do the pooling behind it too; null: never.</param>
    public static StepGraph Create(Network network, Func<FusedStep, Pool2D, bool>? takesPool = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ImmutableArray<FusedStep> steps = StepFusion.Fuse(network, takesPool, out int output);
        return new StepGraph(network, steps, FindValues(network, steps, output), output);
    }

    private static ImmutableArray<StepValue> FindValues(Network network, ImmutableArray<FusedStep> steps, int output)
    {
        Lifetime[] lifetimes = Lifetimes.Find([.. steps.Select(step => step.Inputs.AsSpan().ToArray())], output);
        return [.. lifetimes.Select((lifetime, value) =>
            new StepValue(value == 0 ? network.Input.Shape : steps[value - 1].OutputShape, lifetime))];
    }
}
