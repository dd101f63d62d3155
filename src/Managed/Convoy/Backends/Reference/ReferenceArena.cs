using Convoy.Memory;

namespace Convoy.Backends.Reference;

/// <summary>The feature maps of a batch in double precision.</summary>
internal sealed class ReferenceArena(long bytes) : IArena
{
    private readonly PooledBuffer<double> _buffer = NativeMemoryPool.Shared.Rent<double>(bytes / sizeof(double));

    public long Bytes { get; } = bytes;

    /// <summary>One image of the value at a byte offset.</summary>
    public Memory<double> GetImage(long offset, Shape shape, int image)
    {
        int count = (int)shape.Count;
        return _buffer.Memory.Slice(checked((int)((offset / sizeof(double)) + ((long)image * count))), count);
    }

    public void Synchronize()
    {
    }

    public void Dispose() => _buffer.Dispose();
}
