namespace Convoy.Profiling.Traces;

/// <summary>Writes a session's memory as counters: what it keeps, and what of the arena is in use as the steps pass.</summary>
/// <param name="memory">The memory.</param>
/// <param name="process">The process that has it.</param>
internal sealed class MemoryEvents(MemoryProfile memory, int process)
{
    private const string InUse = "arena in use (bytes)";

    /// <summary>Writes the counters.</summary>
    /// <param name="events">Where to.</param>
    /// <param name="lanes">What ran when.</param>
    public void Write(TraceEventWriter events, ImmutableArray<TraceLane> lanes)
    {
        events.WriteCounter(
            process, "kept (bytes)", 0, ("arena", memory.ArenaBytes), ("scratch", memory.ScratchBytes), ("packed weights", memory.PackedBytes));
        TraceSlice[] slices = [.. lanes.Where(lane => !lane.IsThread).SelectMany(lane => lane.Slices).OrderBy(slice => slice.Time.Begin)];
        foreach (TraceSlice slice in slices)
        {
            // The first row is the way in, before the first step.
            int step = slice.First.Layer - 1;
            events.WriteCounter(process, InUse, slice.Time.Begin, Maps(BytesAt(step, isWorkspace: false)), Workspaces(BytesAt(step, isWorkspace: true)));
        }

        events.WriteCounter(process, InUse, slices.Select(slice => slice.Time.End).DefaultIfEmpty().Max(), Maps(0), Workspaces(0));
    }

    private static (string Name, long Value) Maps(long bytes) => ("feature maps", bytes);

    private static (string Name, long Value) Workspaces(long bytes) => ("workspaces", bytes);

    private long BytesAt(int step, bool isWorkspace) => memory.Buffers
        .Where(buffer => buffer.IsWorkspace == isWorkspace && buffer.FirstStep <= step && step <= buffer.LastStep)
        .Sum(buffer => buffer.Bytes);
}
