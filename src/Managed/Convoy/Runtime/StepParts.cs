using Convoy.Backends;
using Convoy.Graph;

namespace Convoy.Runtime;

/// <summary>How a backend takes a graph's steps: some in chains, and some for a group of a batch's images at a time.</summary>
/// <param name="Parts">All steps in order; those of a chain together.</param>
/// <param name="FrontParts">How many of the parts, from the first on, run group by group; 0 where none do.</param>
/// <param name="GroupSize">The images of a group; the batch size where there are none.</param>
internal sealed record StepParts(IReadOnlyList<FusedStep[]> Parts, int FrontParts, int GroupSize)
{
    /// <summary>Asks the backend.</summary>
    public static StepParts Create(StepGraph graph, IBackend backend, int batch, bool allowChains)
    {
        var parts = new List<FusedStep[]>();
        for (int first = 0; first < graph.Steps.Length; first += parts[^1].Length)
        {
            ReadOnlySpan<FusedStep> run = StepRuns.Find(graph, first);
            int claimed = allowChains ? backend.CountChain(run, batch) : 0;
            parts.Add([.. run[..Math.Max(1, claimed)]]);
        }

        // A chain keeps its feature maps in the cache by itself.
        int front = StepGroups.FindFront(graph);
        bool hasGroups = front > 0 && parts.Take(front).All(part => part.Length == 1);
        int together = hasGroups ? backend.CountImagesTogether(graph.Steps.AsSpan()[..front], batch) : batch;
        return together < batch ? new StepParts(parts, front, together) : new StepParts(parts, 0, batch);
    }

    /// <summary>The images that a part computes at a time.</summary>
    public int BatchOf(int part, int batch) => part < FrontParts ? GroupSize : batch;
}
