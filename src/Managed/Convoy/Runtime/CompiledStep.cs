using Convoy.Backends;
using Convoy.Graph;

namespace Convoy.Runtime;

/// <summary>A prepared step in its place in the schedule: the values it reads and writes.</summary>
/// <param name="Step">What runs.</param>
/// <param name="Sources">The fused steps it computes: one, several for a chain, none for a change of layout.</param>
/// <param name="Inputs">The values it reads.</param>
internal sealed record CompiledStep(IStep Step, IReadOnlyList<FusedStep> Sources, int[] Inputs)
{
    /// <summary>Byte offsets of the inputs in the arena, once memory is planned.</summary>
    public long[] InputOffsets { get; set; } = [];

    /// <summary>Byte offset of the output in the arena, once memory is planned.</summary>
    public long OutputOffset { get; set; }

    /// <summary>Bytes from one image's output to the next where groups of images gather in one value; 0 where a group's is overwritten.</summary>
    public long OutputStride { get; set; }

    /// <summary>Byte offset of the workspace in the arena, once memory is planned.</summary>
    public long WorkspaceOffset { get; set; }
}
