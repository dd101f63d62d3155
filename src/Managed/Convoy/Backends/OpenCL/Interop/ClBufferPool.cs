using Convoy.Memory;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// Keeps returned memory of a device for the next renter of the same size class and kind, as <see cref="NativeMemoryPool"/>
/// does the host's. Its blocks belong to one context at a time: trim it before that context goes. Thread-safe.
/// </summary>
internal sealed unsafe class ClBufferPool(long maxPooledBytes)
{
    private readonly PoolShelves<ClMemoryBlock> _shelves = new(maxPooledBytes);

    /// <summary>What is handed out and kept.</summary>
    public MemoryCounters Counters => _shelves.Counters;

    /// <summary>Hands out memory with undefined content. Dispose it to return it.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public ClBuffer Rent(ClContext context, long bytes, ClMemoryKind kind)
    {
        long rounded = SizeOf(context, bytes);
        if (_shelves.Take(rounded, (int)kind) is not { } block)
        {
            block = new ClMemoryBlock(context, rounded, kind);
            _shelves.NoteMade(rounded);
        }

        return new ClBuffer(block, bytes, this);
    }

    /// <summary>How much the memory handed out for a request takes: its size class, but no more than the device allocates at a time.</summary>
    public static long SizeOf(ClContext context, long bytes) => Math.Max(bytes, Math.Min(SizeClass.RoundUp(bytes), context.Device.MaxAllocationBytes));

    /// <summary>Takes memory back; what is more than the pool may keep is released.</summary>
    public void Return(ClMemoryBlock block) => Release(_shelves.Return(block, isKept: true));

    /// <summary>Releases everything kept; what is handed out is not touched.</summary>
    public void Trim() => Release(_shelves.Clear());

    private static void Release(List<ClMemoryBlock> blocks) => blocks.ForEach(block => block.Dispose());
}
