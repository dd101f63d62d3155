using System.Buffers;
using System.Runtime.InteropServices;

namespace Convoy.Weights;

/// <summary>
/// Bytes that tensors are sections of. Each section is a <see cref="Memory{T}"/> that asks its storage before every use,
/// so that one kept beyond the storage's life throws <see cref="ObjectDisposedException"/> and reads nothing.
/// </summary>
internal abstract class WeightStorage(string source, long length) : IDisposable
{
    private int _disposed;

    /// <summary>What the bytes come from, as sentences name it.</summary>
    public string Source { get; } = source;

    /// <summary>How many bytes there are.</summary>
    public long Length { get; } = length;

    /// <summary>A section of the bytes; it must lie within them.</summary>
    public ReadOnlyMemory<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
        return new Section(this, offset, length).WholeMemory;
    }

    /// <summary>
    /// A section to be read once: what it takes of memory is given back when the owner is disposed of. Whoever disposes of the
    /// storage meanwhile takes nothing from under it.
    /// </summary>
    public virtual IMemoryOwner<byte> Open(long offset, int length) => new PinnedSection(Slice(offset, length));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Release();
        }
    }

    protected abstract Span<byte> GetSpan(long offset, int length);

    protected abstract MemoryHandle Pin(long offset, IPinnable section);

    protected abstract void Unpin();

    protected abstract void Release();

    protected ObjectDisposedException Disposed() =>
        new(nameof(WeightSet), $"The weights of '{Source}' are used after they were disposed.");

    protected void ThrowIfDisposed()
    {
        if (Volatile.Read(ref _disposed) != 0)
        {
            throw Disposed();
        }
    }

    private sealed class PinnedSection(ReadOnlyMemory<byte> bytes) : IMemoryOwner<byte>
    {
        private MemoryHandle _pin = bytes.Pin();

        public Memory<byte> Memory { get; } = MemoryMarshal.AsMemory(bytes);

        public void Dispose() => _pin.Dispose();
    }

    private sealed class Section(WeightStorage storage, long offset, int length) : MemoryManager<byte>
    {
        public Memory<byte> WholeMemory => CreateMemory(length);

        public override Span<byte> GetSpan()
        {
            storage.ThrowIfDisposed();
            return storage.GetSpan(offset, length);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, length);
            storage.ThrowIfDisposed();
            return storage.Pin(offset + elementIndex, this);
        }

        public override void Unpin() => storage.Unpin();

        protected override void Dispose(bool disposing)
        {
            // The section owns nothing; its storage does.
        }
    }
}
