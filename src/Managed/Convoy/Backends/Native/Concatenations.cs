using Convoy.Layers;

namespace Convoy.Backends.Native;

/// <summary>
/// Which values are written straight into the concatenation that reads them, so that nothing is copied: those that nobody else
/// reads, as far as who computes them can write a part of a map.
/// </summary>
/// <param name="graph">The steps.</param>
internal sealed class Concatenations(StepGraph graph)
{
    private readonly HashSet<int> _placed = [];

    /// <summary>A value's place: the concatenation, and the first of its channels that are the value's.</summary>
    public readonly record struct Place(FusedStep Step, int Offset);

    /// <summary>Where a value may be put; null where it has other readers, or another kind.</summary>
    public Place? Find(int value)
    {
        if (graph.FindOnlyReader(value) is not { Layer: Concat } step || step.Inputs.Count(input => input == value) > 1)
        {
            return null;
        }

        return new Place(step, step.InputShapes.Take(step.Inputs.IndexOf(value)).Sum(shape => shape.Channels));
    }

    /// <summary>Notes that a value is written in its place.</summary>
    public void Put(int value) => _placed.Add(value);

    /// <summary>Which of a concatenation's inputs are left to be copied, as indices.</summary>
    public ImmutableArray<int> FindCopied(FusedStep step) =>
        [.. Enumerable.Range(0, step.Inputs.Length).Where(input => !_placed.Contains(step.Inputs[input]))];
}
