using Convoy.Backends;

namespace Convoy.Runtime;

/// <summary>A prepared region in its place among the others: the values it reads, and the one it writes.</summary>
/// <param name="Prepared">What runs.</param>
/// <param name="Steps">The fused steps it computes; none for a change of layout.</param>
/// <param name="Inputs">The values it reads.</param>
/// <param name="Output">The value it writes, or writes a part of.</param>
/// <param name="MicroBatch">Images that pass it at a time.</param>
internal sealed record CompiledRegion(IPreparedRegion Prepared, ImmutableArray<FusedStep> Steps, ImmutableArray<int> Inputs, int Output, int MicroBatch);
