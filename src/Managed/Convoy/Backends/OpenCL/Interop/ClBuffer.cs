namespace Convoy.Backends.OpenCL.Interop;

/// <summary>Memory of a device. Disposal gives it back to the pool it was rented from, or else to the device.</summary>
internal sealed unsafe class ClBuffer : IClMemory, IDisposable
{
    private readonly ClBufferPool? _pool;
    private ClMemoryBlock? _block;

    /// <param name="block">The memory, of which this becomes the owner.</param>
    /// <param name="bytes">How much of it may be used.</param>
    /// <param name="pool">Where it returns to; null releases it.</param>
    internal ClBuffer(ClMemoryBlock block, long bytes, ClBufferPool? pool)
    {
        _block = block;
        _pool = pool;
        Bytes = bytes;
    }

    public long Bytes { get; }

    public nint Handle
    {
        get
        {
            ClMemoryBlock? block = Volatile.Read(ref _block);
            ObjectDisposedException.ThrowIf(block is null, this);
            return block.Handle;
        }
    }

    /// <summary>Allocates memory; its content is undefined.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public static ClBuffer Allocate(ClContext context, long bytes, ClMemoryKind kind = ClMemoryKind.Device) =>
        new(new ClMemoryBlock(context, bytes, kind), bytes, null);

    /// <summary>Allocates memory on the device and fills it with numbers, which may be let go afterwards.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public static ClBuffer From<T>(ClContext context, ReadOnlySpan<T> content, ClAccess access = ClAccess.ReadOnly)
        where T : unmanaged
    {
        long bytes = (long)content.Length * sizeof(T);
        fixed (T* first = content)
        {
            return new(new ClMemoryBlock(context, bytes, ClMemoryKind.Device, access, first), bytes, null);
        }
    }

    public void Dispose()
    {
        ClMemoryBlock? block = Interlocked.Exchange(ref _block, null);
        if (block is null)
        {
            return;
        }

        if (_pool is null)
        {
            block.Dispose();
        }
        else
        {
            _pool.Return(block);
        }
    }
}
