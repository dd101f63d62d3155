using Convoy.Memory;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>A session's memory: what is kept, and where the feature maps of a batch lie in the arena, and when; sizes are in bytes.</summary>
/// <param name="ArenaBytes">The arena: feature maps and workspaces.</param>
/// <param name="ScratchBytes">Scratch of all threads together.</param>
/// <param name="PackedBytes">Packed weights.</param>
/// <param name="Steps">The names of the steps in the order they run; step -1 is the way in, one behind the last the way out.</param>
/// <param name="Buffers">What lies in the arena.</param>
public sealed record MemoryProfile(
    long ArenaBytes, long ScratchBytes, long PackedBytes, ImmutableArray<string> Steps, ImmutableArray<ArenaBuffer> Buffers)
{
    /// <summary>A session's memory.</summary>
    internal static MemoryProfile Of(InferenceSession session)
    {
        ArenaLayout layout = session.Schedule.Layout;
        IReadOnlyList<CompiledRegion> regions = session.Schedule.Regions;
        return new MemoryProfile(
            layout.Bytes,
            session.ArenaBytes - layout.Bytes,
            session.PackedBytes,
            [.. session.Steps.Select(step => step.Name)],
            [
                .. layout.Values.Select((place, value) => Buffer(value, NameOf(value), false, place.Offset)),
                .. layout.Workspaces.Select((offset, region) =>
                    Buffer(layout.Values.Length + region, $"{session.Steps[region].Name} workspace", true, offset)).Where(each => each.Bytes > 0),
            ]);

        // A value that several write has the name of the last.
        string NameOf(int value) => value == 0 ? "input" : session.Steps[Enumerable.Range(0, regions.Count).Last(i => regions[i].Output == value)].Name;

        ArenaBuffer Buffer(int index, string name, bool isWorkspace, long offset)
        {
            BufferLifetime lifetime = layout.Lifetimes[index];
            return new ArenaBuffer(name, isWorkspace, offset, lifetime.Bytes, lifetime.FirstStep, lifetime.LastStep);
        }
    }
}

/// <summary>A feature map or a workspace in the arena.</summary>
/// <param name="Name">Whose it is: "conv1", "conv1 workspace", "input".</param>
/// <param name="IsWorkspace">Whether it matters within its step only.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="FirstStep">The step that first writes it.</param>
/// <param name="LastStep">The last one that uses it.</param>
public sealed record ArenaBuffer(string Name, bool IsWorkspace, long Offset, long Bytes, int FirstStep, int LastStep);
