namespace Convoy.Memory;

/// <summary>
/// Keeps returned native memory for the next renter of the same size class. Thread-safe. What it keeps never exceeds a
/// maximum: beyond it, the blocks returned longest ago are freed first.
/// </summary>
public sealed unsafe class NativeMemoryPool : IDisposable
{
    private const long DefaultMaxPooledBytes = 256L << 20;
    private const int Alignment = 64;

    private readonly Lock _gate = new();
    private readonly long _maxPooledBytes;

    // One shelf a size class, in order of return; no shelf is empty.
    private readonly Dictionary<long, LinkedList<Block>> _shelves = [];
    private long _liveBytes;
    private long _pooledBytes;
    private long _peakBytes;
    private long _returns;
    private bool _disposed;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="maxPooledBytes">The most bytes it keeps for later; 0 frees every block on return.</param>
    public NativeMemoryPool(long maxPooledBytes = DefaultMaxPooledBytes)
    {
        if (maxPooledBytes < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(maxPooledBytes), maxPooledBytes, "A pool keeps zero bytes or more.");
        }

        _maxPooledBytes = maxPooledBytes;
    }

    /// <summary>The process's pool. It lives as long as the process; disposing it only trims it.</summary>
    public static NativeMemoryPool Shared { get; } = new();

    /// <summary>Bytes of the blocks handed out and not yet returned, as their size classes count them.</summary>
    public long LiveBytes => Read(ref _liveBytes);

    /// <summary>Bytes of the blocks kept for the next renter.</summary>
    public long PooledBytes => Read(ref _pooledBytes);

    /// <summary>The highest sum of live and pooled bytes so far, or since <see cref="ResetPeak"/>.</summary>
    public long PeakBytes => Read(ref _peakBytes);

    /// <summary>Hands out <paramref name="length"/> uninitialised elements. Dispose them to return them.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative or more than a span can have.</exception>
    /// <exception cref="OutOfNativeMemoryException">The system has no such block, even after trimming this pool.</exception>
    /// <exception cref="ObjectDisposedException">The pool was disposed.</exception>
    public PooledBuffer<T> Rent<T>(long length)
        where T : unmanaged
    {
        if (length is < 0 or > int.MaxValue)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, $"A buffer holds 0 to {int.MaxValue:N0} elements; split larger data over several.");
        }

        long bytes = SizeClass.RoundUp(length * sizeof(T));
        return new PooledBuffer<T>(this, TakePooled(bytes) ?? Allocate(bytes), (int)length);
    }

    /// <summary>Begins to look for the peak anew, from what is live and pooled now.</summary>
    public void ResetPeak()
    {
        lock (_gate)
        {
            _peakBytes = _liveBytes + _pooledBytes;
        }
    }

    /// <summary>Frees everything pooled; what is handed out is not touched.</summary>
    public void Trim()
    {
        List<Block> freed;
        lock (_gate)
        {
            freed = [.. _shelves.Values.SelectMany(shelf => shelf)];
            _shelves.Clear();
            _pooledBytes = 0;
        }

        FreeAll(freed);
    }

    /// <summary>Frees everything pooled; buffers still out stay valid and are freed on return.</summary>
    public void Dispose()
    {
        if (this != Shared)
        {
            lock (_gate)
            {
                _disposed = true;
            }
        }

        Trim();
    }

    internal void Return(Block block)
    {
        // Freed outside the lock: giving large blocks back to the system takes a while.
        List<Block> freed = [];
        lock (_gate)
        {
            _liveBytes -= block.Bytes;
            if (_disposed || block.Bytes > _maxPooledBytes)
            {
                freed.Add(block);
            }
            else
            {
                Shelve(block);
                while (_pooledBytes > _maxPooledBytes)
                {
                    freed.Add(TakeOldest());
                }
            }
        }

        FreeAll(freed);
    }

    private static void FreeAll(List<Block> blocks)
    {
        foreach (Block block in blocks)
        {
            block.Dispose();
        }
    }

    private Block? TakePooled(long bytes)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_shelves.TryGetValue(bytes, out LinkedList<Block>? shelf))
            {
                return null;
            }

            // The newest: it is the likeliest to be in a cache.
            Block block = shelf.Last!.Value;
            shelf.RemoveLast();
            Unshelve(block, shelf);
            _liveBytes += bytes;
            return block;
        }
    }

    private Block Allocate(long bytes)
    {
        Block block;
        try
        {
            block = new Block(this, bytes);
        }
        catch (OutOfNativeMemoryException) when (PooledBytes > 0)
        {
            Trim();
            block = new Block(this, bytes);
        }

        lock (_gate)
        {
            _liveBytes += bytes;
            _peakBytes = Math.Max(_peakBytes, _liveBytes + _pooledBytes);
        }

        return block;
    }

    private void Shelve(Block block)
    {
        if (!_shelves.TryGetValue(block.Bytes, out LinkedList<Block>? shelf))
        {
            _shelves.Add(block.Bytes, shelf = new LinkedList<Block>());
        }

        block.ReturnNumber = ++_returns;
        shelf.AddLast(block);
        _pooledBytes += block.Bytes;
    }

    private Block TakeOldest()
    {
        LinkedList<Block> shelf = _shelves.Values.MinBy(candidate => candidate.First!.Value.ReturnNumber)!;
        Block block = shelf.First!.Value;
        shelf.RemoveFirst();
        Unshelve(block, shelf);
        return block;
    }

    private void Unshelve(Block block, LinkedList<Block> shelf)
    {
        _pooledBytes -= block.Bytes;
        if (shelf.Count == 0)
        {
            _shelves.Remove(block.Bytes);
        }
    }

    private long Read(ref long counter)
    {
        lock (_gate)
        {
            return counter;
        }
    }

    /// <summary>A block that knows its pool, so that one whose renter forgot it leaves the pool's count too.</summary>
    internal sealed class Block(NativeMemoryPool pool, long bytes) : NativeBlock(bytes, Alignment)
    {
        /// <summary>Orders pooled blocks by when they came back.</summary>
        public long ReturnNumber { get; set; }

        protected override void OnLeaked()
        {
            lock (pool._gate)
            {
                pool._liveBytes -= Bytes;
            }
        }
    }
}
