namespace Convoy.Backends;

/// <summary>Events of the processor, counted outside of the kernel. Null is what was not counted.</summary>
/// <param name="Cycles">Cycles of the threads together.</param>
/// <param name="Instructions">Instructions executed.</param>
/// <param name="CacheMisses">Reads and writes that the last level of the cache did not have.</param>
public readonly record struct EventCounts(long? Cycles, long? Instructions, long? CacheMisses)
{
    /// <summary>The events of both.</summary>
    public static EventCounts operator +(EventCounts left, EventCounts right) =>
        new(left.Cycles + right.Cycles, left.Instructions + right.Instructions, left.CacheMisses + right.CacheMisses);

    /// <summary>The events since then.</summary>
    public static EventCounts operator -(EventCounts now, EventCounts then) =>
        new(now.Cycles - then.Cycles, now.Instructions - then.Instructions, now.CacheMisses - then.CacheMisses);
}
