using System.Buffers;

namespace Convoy.Memory;

/// <summary>
/// What <see cref="NativeBuffer{T}"/> and <see cref="PooledBuffer{T}"/> have in common: a fixed number of elements in
/// native memory, given up by <see cref="Dispose()"/>.
/// </summary>
/// <remarks>
/// Every member but <see cref="Length"/> is an <see cref="ObjectDisposedException"/> after disposal. A span or an address
/// taken before does not keep the memory alive; where another thread may dispose meanwhile, hold a <see cref="Pin"/>: the
/// memory is given up only when the last pin is gone.
/// </remarks>
public abstract unsafe class NativeMemoryOwner<T> : MemoryManager<T>
    where T : unmanaged
{
    // Bit 0 of the state says disposed, the bits above count pins. Whoever brings it to exactly "disposed, no pins" gives
    // the block up; that transition happens once, so the block cannot be freed or returned twice.
    private const int Disposed = 1;
    private const int OnePin = 2;

    private readonly NativeBlock _block;
    private readonly T* _elements;
    private int _state;

    private protected NativeMemoryOwner(NativeBlock block, int length)
    {
        _block = block;
        _elements = (T*)block.Address;
        Length = length;
    }

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>The elements.</summary>
    public Span<T> Span => new(Elements, Length);

    /// <summary>Where the first element lies, for native calls. Valid while the buffer is pinned or kept from disposal.</summary>
    public nint Address => (nint)Elements;

    private T* Elements
    {
        get
        {
            ObjectDisposedException.ThrowIf((Volatile.Read(ref _state) & Disposed) != 0, this);
            return _elements;
        }
    }

    /// <inheritdoc/>
    public override Span<T> GetSpan() => Span;

    /// <summary>Keeps the memory where it is, beyond a disposal too, until the handle is disposed.</summary>
    /// <param name="elementIndex">The element to point at, 0 to <see cref="Length"/>.</param>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)Length, nameof(elementIndex));
        int state = Volatile.Read(ref _state);
        while (true)
        {
            ObjectDisposedException.ThrowIf((state & Disposed) != 0, this);
            int seen = Interlocked.CompareExchange(ref _state, checked(state + OnePin), state);
            if (seen == state)
            {
                return new MemoryHandle(_elements + elementIndex, pinnable: this);
            }

            state = seen;
        }
    }

    /// <summary>Undoes one <see cref="Pin"/>; disposing the handle does so too, so do one or the other.</summary>
    /// <exception cref="InvalidOperationException">Nothing is pinned.</exception>
    public override void Unpin()
    {
        int state = Volatile.Read(ref _state);
        while (true)
        {
            if (state < OnePin)
            {
                throw new InvalidOperationException("The buffer was unpinned more often than it was pinned; dispose each MemoryHandle once.");
            }

            int seen = Interlocked.CompareExchange(ref _state, state - OnePin, state);
            if (seen == state)
            {
                break;
            }

            state = seen;
        }

        if (state - OnePin == Disposed)
        {
            GiveUp(_block);
        }
    }

    /// <summary>Gives the memory up, at once or with the last pin. A second call does nothing.</summary>
    public void Dispose() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    protected sealed override void Dispose(bool disposing)
    {
        if (Interlocked.Or(ref _state, Disposed) == 0)
        {
            GiveUp(_block);
        }
    }

    private protected abstract void GiveUp(NativeBlock block);
}
