using Convoy.Graph;
using Convoy.Layers;

namespace Convoy.Runtime;

/// <summary>Finds the part of a network that can run group by group of a batch's images.</summary>
internal static class StepGroups
{
    /// <summary>
    /// The number of steps before the first fully connected one, where all that the others need of them is the last one's
    /// output; otherwise 0.
    /// </summary>
    public static int FindFront(StepGraph graph)
    {
        int front = 0;
        while (front < graph.Steps.Length && graph.Steps[front].Layer is not FullyConnected)
        {
            front++;
        }

        if (front == 0 || front == graph.Steps.Length)
        {
            return 0;
        }

        int gathered = graph.Steps[front - 1].Output;
        var known = graph.Steps[front..].Select(step => step.Output).Append(gathered).ToHashSet();
        bool isCut = known.Contains(graph.Output) && graph.Steps[front..].All(step => step.Inputs.All(known.Contains));
        return isCut ? front : 0;
    }
}
