using Convoy.Memory;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// A range of host memory that neither moves nor is freed while the device uses it: a mapped buffer, or native memory. What
/// a transfer that does not block reads from or writes to.
/// </summary>
internal readonly unsafe struct PinnedMemory
{
    /// <param name="pointer">The first byte.</param>
    /// <param name="bytes">The length, zero or more.</param>
    public PinnedMemory(void* pointer, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Pointer = pointer;
        Bytes = bytes;
    }

    public void* Pointer { get; }

    public long Bytes { get; }

    /// <summary>The bytes as a span.</summary>
    /// <exception cref="OverflowException">There are more than a span can hold.</exception>
    public Span<byte> Span => new(Pointer, checked((int)Bytes));

    /// <summary>The memory behind native memory of ours, which must outlive the transfer.</summary>
    public static PinnedMemory Of<T>(NativeMemoryOwner<T> owner)
        where T : unmanaged
    {
        Span<T> span = owner.GetSpan();
        fixed (T* first = span)
        {
            return new(first, (long)span.Length * sizeof(T));
        }
    }

    /// <summary>The numbers as a span.</summary>
    public Span<T> As<T>()
        where T : unmanaged => new(Pointer, checked((int)(Bytes / sizeof(T))));

    /// <summary>A part of it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within.</exception>
    public PinnedMemory Slice(long offset, long bytes)
    {
        ByteRange.ThrowIfOutside(offset, bytes, Bytes);
        return new((byte*)Pointer + offset, bytes);
    }
}
