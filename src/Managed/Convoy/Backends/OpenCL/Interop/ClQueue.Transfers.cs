using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>What the host means to do with a mapped buffer.</summary>
[Flags]
internal enum ClMapAccess
{
    Read = 1,
    Write = 2,
    ReadWrite = Read | Write,

    /// <summary>Write all of it: the old content need not be brought.</summary>
    Overwrite = 4,
}

/// <content>Moving bytes: between host and device, and within the device.</content>
internal sealed unsafe partial class ClQueue
{
    /// <summary>Reads numbers from a buffer; returns when they are there.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the buffer.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void Read<T>(IClMemory source, long offset, Span<T> destination, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
        where T : unmanaged
    {
        fixed (T* host = destination)
        {
            Transfer(false, source, offset, host, (long)destination.Length * sizeof(T), true, after, signal);
        }
    }

    /// <summary>Begins to read all of <paramref name="destination"/> from a buffer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the buffer.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void BeginRead(IClMemory source, long offset, PinnedMemory destination, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null) =>
        Transfer(false, source, offset, destination.Pointer, destination.Bytes, false, after, signal);

    /// <summary>Writes numbers to a buffer; returns when they may be let go.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the buffer.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void Write<T>(IClMemory destination, long offset, ReadOnlySpan<T> source, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
        where T : unmanaged
    {
        fixed (T* host = source)
        {
            Transfer(true, destination, offset, host, (long)source.Length * sizeof(T), true, after, signal);
        }
    }

    /// <summary>Begins to write all of <paramref name="source"/> to a buffer.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the buffer.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void BeginWrite(IClMemory destination, long offset, PinnedMemory source, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null) =>
        Transfer(true, destination, offset, source.Pointer, source.Bytes, false, after, signal);

    /// <summary>Begins to copy bytes from a buffer to another, or within one where the ranges do not overlap.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A range is not within its buffer.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void BeginCopy(
        IClMemory source, long sourceOffset, IClMemory destination, long destinationOffset, long bytes,
        ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
    {
        ByteRange.ThrowIfOutside(sourceOffset, bytes, source.Bytes);
        ByteRange.ThrowIfOutside(destinationOffset, bytes, destination.Bytes);
        nint* waits = stackalloc nint[after.Length];
        nint completion;
        uint count = Collect(after, waits);
        Api.EnqueueCopyBuffer(
            Handle, source.Handle, destination.Handle, (nuint)sourceOffset, (nuint)destinationOffset, (nuint)bytes,
            count, count == 0 ? null : waits, Slot(signal, &completion))
            .ThrowIfFailed("copy a buffer", DeviceName);
        signal?.Take(completion);
    }

    /// <summary>Begins to fill a range with one value, over and over.</summary>
    /// <typeparam name="T">A type of 1, 2, 4, 8, 16, 32, 64 or 128 bytes, of which the range is a multiple.</typeparam>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the buffer.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void BeginFill<T>(IClMemory destination, T value, long offset, long bytes, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
        where T : unmanaged
    {
        ByteRange.ThrowIfOutside(offset, bytes, destination.Bytes);
        nint* waits = stackalloc nint[after.Length];
        nint completion;
        uint count = Collect(after, waits);
        Api.EnqueueFillBuffer(
            Handle, destination.Handle, &value, (nuint)sizeof(T), (nuint)offset, (nuint)bytes,
            count, count == 0 ? null : waits, Slot(signal, &completion))
            .ThrowIfFailed("fill a buffer", DeviceName);
        signal?.Take(completion);
    }

    /// <summary>Maps a range into the host's memory; returns when it may be looked at.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the buffer.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public PinnedMemory Map(IClMemory buffer, ClMapAccess access, long offset, long bytes, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
    {
        ByteRange.ThrowIfOutside(offset, bytes, buffer.Bytes);
        nint* waits = stackalloc nint[after.Length];
        nint completion;
        uint count = Collect(after, waits);
        void* mapped = Api.EnqueueMapBuffer(
            Handle, buffer.Handle, true, (MapFlags)access, (nuint)offset, (nuint)bytes,
            count, count == 0 ? null : waits, Slot(signal, &completion), out ClStatus status);
        status.ThrowIfFailed("map a buffer", DeviceName);
        signal?.Take(completion);
        return new(mapped, bytes);
    }

    /// <summary>Maps all of a buffer into the host's memory; returns when it may be looked at.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public PinnedMemory Map(IClMemory buffer, ClMapAccess access) => Map(buffer, access, 0, buffer.Bytes);

    /// <summary>Begins to give mapped memory back to the device; the host looks at it no more.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public void BeginUnmap(IClMemory buffer, PinnedMemory mapped, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
    {
        nint* waits = stackalloc nint[after.Length];
        nint completion;
        uint count = Collect(after, waits);
        Api.EnqueueUnmapMemObject(Handle, buffer.Handle, mapped.Pointer, count, count == 0 ? null : waits, Slot(signal, &completion))
            .ThrowIfFailed("unmap a buffer", DeviceName);
        signal?.Take(completion);
    }

    /// <summary>
    /// Gives mapped memory back where something failed or the memory goes; returns when it is. A failure is counted, not
    /// thrown; false where the device did not take it.
    /// </summary>
    public bool TryUnmap(IClMemory buffer, PinnedMemory mapped)
    {
        ClStatus status = Api.EnqueueUnmapMemObject(Handle, buffer.Handle, mapped.Pointer, 0, null, null);
        Api.NoteRefusal(status);
        TryFinish();
        return status == ClStatus.Success;
    }

    private void Transfer(
        bool toDevice, IClMemory memory, long offset, void* host, long bytes, bool blocking, ReadOnlySpan<ClEvent> after, ClEvent? signal)
    {
        ByteRange.ThrowIfOutside(offset, bytes, memory.Bytes);
        nint* waits = stackalloc nint[after.Length];
        nint completion;
        uint count = Collect(after, waits);
        nint* waitsOrNull = count == 0 ? null : waits;
        nint* slot = Slot(signal, &completion);
        ClStatus status = toDevice
            ? Api.EnqueueWriteBuffer(Handle, memory.Handle, blocking, (nuint)offset, (nuint)bytes, host, count, waitsOrNull, slot)
            : Api.EnqueueReadBuffer(Handle, memory.Handle, blocking, (nuint)offset, (nuint)bytes, host, count, waitsOrNull, slot);
        status.ThrowIfFailed(toDevice ? "write a buffer" : "read a buffer", DeviceName);
        signal?.Take(completion);
    }
}
