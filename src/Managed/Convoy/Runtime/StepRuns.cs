using Convoy.Graph;

namespace Convoy.Runtime;

/// <summary>Runs of steps in which each reads what the one before it wrote, and nobody else does.</summary>
internal static class StepRuns
{
    /// <summary>The longest run that begins with a step.</summary>
    public static ReadOnlySpan<FusedStep> Find(StepGraph graph, int first)
    {
        int end = first + 1;
        while (end < graph.Steps.Length && graph.Steps[first].Inputs.Length == 1 && Follows(graph, end))
        {
            end++;
        }

        return graph.Steps.AsSpan()[first..end];
    }

    private static bool Follows(StepGraph graph, int step)
    {
        int before = graph.Steps[step - 1].Output;
        return graph.Steps[step].Inputs is [int input]
            && input == before
            && before != graph.Output
            && graph.Steps.Count(each => each.Inputs.Contains(before)) == 1;
    }
}
