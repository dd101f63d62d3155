namespace Convoy.Memory;

/// <summary>Where each buffer lies in one shared arena.</summary>
/// <param name="Offsets">A byte offset for each lifetime planned, in the order given.</param>
/// <param name="TotalBytes">The arena's size.</param>
/// <param name="LowerBoundBytes">The largest sum of bytes alive at one step, which no plan can beat.</param>
internal sealed record MemoryPlan(ImmutableArray<long> Offsets, long TotalBytes, long LowerBoundBytes);
