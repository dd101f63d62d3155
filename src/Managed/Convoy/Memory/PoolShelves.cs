namespace Convoy.Memory;

/// <summary>A block of memory that a pool may keep.</summary>
internal interface IPoolBlock
{
    /// <summary>Its size.</summary>
    long Bytes { get; }

    /// <summary>What else must agree for it to serve a renter; 0 where nothing must.</summary>
    int Kind { get; }

    /// <summary>Orders kept blocks by when they came back.</summary>
    long ReturnNumber { get; set; }
}

/// <summary>
/// The blocks a pool keeps, by size and kind, and the count of all it has made. How a block is made and freed is the pool's
/// affair. What is kept never exceeds a maximum: beyond it, the blocks returned longest ago go first. Thread-safe.
/// </summary>
internal sealed class PoolShelves<TBlock>(long maxPooledBytes)
    where TBlock : class, IPoolBlock
{
    private readonly Lock _gate = new();

    // One shelf a size and kind, in order of return; no shelf is empty.
    private readonly Dictionary<(long Bytes, int Kind), LinkedList<TBlock>> _shelves = [];
    private long _returns;

    /// <summary>What is handed out and kept.</summary>
    public MemoryCounters Counters { get; } = new();

    /// <summary>Counts a block that was made and handed out.</summary>
    public void NoteMade(long bytes) => Counters.Add(bytes, 0);

    /// <summary>Counts a block that was handed out and is gone, not to come back.</summary>
    public void NoteGone(long bytes) => Counters.Add(-bytes, 0);

    /// <summary>Hands out a kept block; null when there is none of that size and kind.</summary>
    public TBlock? Take(long bytes, int kind = 0)
    {
        lock (_gate)
        {
            if (!_shelves.TryGetValue((bytes, kind), out LinkedList<TBlock>? shelf))
            {
                return null;
            }

            // The newest: it is the likeliest to be in a cache.
            TBlock block = shelf.Last!.Value;
            shelf.RemoveLast();
            Unshelve(block, shelf);
            Counters.Add(bytes, -bytes);
            return block;
        }
    }

    /// <summary>Takes a block back, and returns which are to be freed: itself, or others to make room for it.</summary>
    public List<TBlock> Return(TBlock block, bool isKept)
    {
        List<TBlock> freed = [];
        lock (_gate)
        {
            if (!isKept || block.Bytes > maxPooledBytes)
            {
                Counters.Add(-block.Bytes, 0);
                return [block];
            }

            Shelve(block);
            while (Counters.PooledBytes > maxPooledBytes)
            {
                freed.Add(TakeOldest());
            }
        }

        return freed;
    }

    /// <summary>Takes every kept block off the shelves, to be freed.</summary>
    public List<TBlock> Clear()
    {
        lock (_gate)
        {
            List<TBlock> blocks = [.. _shelves.Values.SelectMany(shelf => shelf)];
            _shelves.Clear();
            Counters.Add(0, -blocks.Sum(block => block.Bytes));
            return blocks;
        }
    }

    private void Shelve(TBlock block)
    {
        if (!_shelves.TryGetValue((block.Bytes, block.Kind), out LinkedList<TBlock>? shelf))
        {
            _shelves.Add((block.Bytes, block.Kind), shelf = new LinkedList<TBlock>());
        }

        block.ReturnNumber = ++_returns;
        shelf.AddLast(block);
        Counters.Add(-block.Bytes, block.Bytes);
    }

    private TBlock TakeOldest()
    {
        LinkedList<TBlock> shelf = _shelves.Values.MinBy(candidate => candidate.First!.Value.ReturnNumber)!;
        TBlock block = shelf.First!.Value;
        shelf.RemoveFirst();
        Unshelve(block, shelf);
        Counters.Add(0, -block.Bytes);
        return block;
    }

    private void Unshelve(TBlock block, LinkedList<TBlock> shelf)
    {
        if (shelf.Count == 0)
        {
            _shelves.Remove((block.Bytes, block.Kind));
        }
    }
}
