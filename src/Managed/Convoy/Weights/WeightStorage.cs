using System.Buffers;

namespace Convoy.Weights;

/// <summary>
/// Bytes that tensors are sections of: in a file, which is read when they are asked for, or in memory. Whoever disposes of a
/// storage while another thread reads takes nothing from under it; afterwards every use is an <see cref="ObjectDisposedException"/>.
/// </summary>
internal abstract class WeightStorage(string source, long length) : IDisposable
{
    private int _disposed;

    /// <summary>What the bytes come from, as sentences name it.</summary>
    public string Source { get; } = source;

    /// <summary>How many bytes there are.</summary>
    public long Length { get; } = length;

    /// <summary>Copies a section, which must lie within the bytes; it copies all of it, or throws.</summary>
    /// <exception cref="WeightException">The bytes cannot be read, or are no longer those that were opened.</exception>
    /// <exception cref="ObjectDisposedException">The storage was disposed.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - destination.Length);
        ThrowIfDisposed();
        ReadSection(offset, destination);
    }

    /// <summary>
    /// A section where it lies in memory, to be read and not to be changed; it stays until its owner is disposed of, even where
    /// the storage does not. Null where it does not lie in memory.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The storage was disposed.</exception>
    public virtual IMemoryOwner<byte>? Borrow(long offset, int length) => null;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    protected abstract void ReadSection(long offset, Span<byte> destination);

    protected abstract void Release();

    protected ObjectDisposedException Disposed() =>
        new(nameof(WeightSet), $"The weights of '{Source}' are used after they were disposed.");

    private void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _disposed) != 0)
        {
            throw Disposed();
        }
    }
}
