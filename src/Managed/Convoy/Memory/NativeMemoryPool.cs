namespace Convoy.Memory;

/// <summary>
/// Keeps returned native memory for the next renter of the same size class. Thread-safe. What it keeps never exceeds a
/// maximum: beyond it, the blocks returned longest ago are freed first.
/// </summary>
public sealed unsafe class NativeMemoryPool : IDisposable
{
    private const long DefaultMaxPooledBytes = 256L << 20;
    internal const int Alignment = 64;

    private readonly PoolShelves<Block> _shelves;
    private volatile bool _disposed;

    /// <summary>Creates an empty pool.</summary>
    /// <param name="maxPooledBytes">The most bytes it keeps for later; 0 frees every block on return.</param>
    public NativeMemoryPool(long maxPooledBytes = DefaultMaxPooledBytes)
    {
        if (maxPooledBytes < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(maxPooledBytes), maxPooledBytes, "A pool keeps zero bytes or more.");
        }

        _shelves = new PoolShelves<Block>(maxPooledBytes);
    }

    /// <summary>The process's pool. It lives as long as the process; disposing it only trims it.</summary>
    public static NativeMemoryPool Shared { get; } = new();

    /// <inheritdoc cref="MemoryCounters.LiveBytes"/>
    public long LiveBytes => _shelves.Counters.LiveBytes;

    /// <inheritdoc cref="MemoryCounters.PooledBytes"/>
    public long PooledBytes => _shelves.Counters.PooledBytes;

    /// <inheritdoc cref="MemoryCounters.PeakBytes"/>
    public long PeakBytes => _shelves.Counters.PeakBytes;

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

        ObjectDisposedException.ThrowIf(_disposed, this);
        long bytes = SizeClass.RoundUp(length * sizeof(T));
        return new PooledBuffer<T>(this, _shelves.Take(bytes) ?? Allocate(bytes), (int)length);
    }

    /// <inheritdoc cref="MemoryCounters.ResetPeak"/>
    public void ResetPeak() => _shelves.Counters.ResetPeak();

    /// <summary>Frees everything pooled; what is handed out is not touched.</summary>
    public void Trim() => FreeAll(_shelves.Clear());

    /// <summary>Frees everything pooled; buffers still out stay valid and are freed on return.</summary>
    public void Dispose()
    {
        _disposed = this != Shared;
        Trim();
    }

    // Freed outside the shelves' lock: giving large blocks back to the system takes a while.
    internal void Return(Block block)
    {
        FreeAll(_shelves.Return(block, isKept: !_disposed));
        if (_disposed)
        {
            // It may have been disposed in between.
            Trim();
        }
    }

    private static void FreeAll(List<Block> blocks)
    {
        foreach (Block block in blocks)
        {
            block.Dispose();
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

        _shelves.NoteMade(bytes);
        return block;
    }

    /// <summary>A block that knows its pool, so that one whose renter forgot it leaves the pool's count too.</summary>
    internal sealed class Block(NativeMemoryPool pool, long bytes) : NativeBlock(bytes, Alignment), IPoolBlock
    {
        public int Kind => 0;

        public long ReturnNumber { get; set; }

        protected override void OnLeaked() => pool._shelves.NoteGone(Bytes);
    }
}
