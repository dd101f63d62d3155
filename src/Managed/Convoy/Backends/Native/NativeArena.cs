using Convoy.Memory;

namespace Convoy.Backends.Native;

/// <summary>The feature maps of a batch in single precision, and scratch for each thread.</summary>
internal sealed class NativeArena : IArena
{
    private const long CacheLine = 64;
    private readonly PooledBuffer<float> _buffer;
    private readonly PooledBuffer<byte> _scratch;
    private readonly long _scratchStride;
    private readonly long _scratchBytes;

    public NativeArena(long bytes, long scratchBytes, int threads)
    {
        _scratchBytes = scratchBytes;

        // A line in between keeps neighbouring threads out of each other's.
        _scratchStride = (scratchBytes + (2 * CacheLine) - 1) / CacheLine * CacheLine;
        _buffer = NativeMemoryPool.Shared.Rent<float>(bytes / sizeof(float));
        HugePages.Ask(_buffer.Address, bytes);
        try
        {
            _scratch = NativeMemoryPool.Shared.Rent<byte>(_scratchStride * threads);
        }
        catch
        {
            _buffer.Dispose();
            throw;
        }
    }

    public long Bytes => ((long)_buffer.Length * sizeof(float)) + _scratch.Length;

    /// <summary>The sentence on feature maps that no buffer holds; null where one does.</summary>
    public static string? FindExcess(long bytes) => bytes / sizeof(float) > int.MaxValue
        ? $"The feature maps of a batch have {bytes / sizeof(float):N0} numbers together, more than the {int.MaxValue:N0} that fit a buffer; use a smaller batch."
        : null;

    /// <summary>A piece of the arena as an argument of a native call.</summary>
    public BufferArgument Slice(long offset, ulong bytes)
    {
        long size = (long)_buffer.Length * sizeof(float);
        if (offset < 0 || bytes > (ulong)size || (ulong)offset > (ulong)size - bytes)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"{bytes:N0} bytes at {offset:N0} lie outside the arena of {size:N0} bytes.");
        }

        return new BufferArgument(_buffer.Address + (nint)offset, bytes);
    }

    /// <summary>The same piece for managed code.</summary>
    public Span<float> SliceSpan(long offset, int count) => _buffer.Span.Slice(checked((int)(offset / sizeof(float))), count);

    /// <summary>A thread's scratch.</summary>
    public BufferArgument Scratch(int thread) => new(_scratch.Address + (nint)(thread * _scratchStride), (ulong)_scratchBytes);

    public void Synchronize()
    {
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _scratch.Dispose();
    }
}
