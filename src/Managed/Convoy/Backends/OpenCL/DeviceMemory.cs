using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Rents a session's buffers from its device's pool, within the device's limits, and says whose buffer it was that exceeds
/// them. Where the device has no memory left, what the pool keeps is released and the request made once more.
/// </summary>
internal sealed class DeviceMemory(ClContext context, ClBufferPool pool, DeviceTraits device) : IDisposable
{
    // Kernels count floats in ints.
    private const long AddressableBytes = (long)int.MaxValue * sizeof(float);

    // A buffer of no bytes is an error to OpenCL, and an ordinary need of ours.
    private const long LeastBytes = sizeof(float);

    public ClContext Context => context;

    /// <summary>The most bytes of a buffer.</summary>
    public long MostBytes => Math.Min(context.Device.MaxAllocationBytes, AddressableBytes);

    /// <summary>Where memory is filled and mapped while a session is made or disposed of.</summary>
    public ClQueue Setup { get; } = new(context);

    /// <summary>True where host and device share memory.</summary>
    public bool IsShared => device.SharesHostMemory;

    /// <summary>True where the device works in the host's memory wherever numbers may lie.</summary>
    public bool IsInPlaceAnywhere => device.SharesHostMemory && device.HostAlignment <= sizeof(float);

    /// <summary>True where the device works in this memory of the host's as it lies.</summary>
    public bool IsInPlace(PinnedMemory memory) => device.IsInPlace(memory);

    /// <summary>Memory whose size depends on the batch; its content is undefined.</summary>
    /// <param name="what">Whose it is, as a sentence begins: "The feature maps".</param>
    /// <param name="bytes">Its length; zero is allowed.</param>
    /// <param name="kind">Where it is to be.</param>
    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time, or has no memory left.</exception>
    public ClBuffer Allocate(string what, long bytes, ClMemoryKind kind = ClMemoryKind.Device)
    {
        ThrowIfTooLargeABatch(what, bytes);
        long length = Math.Max(bytes, LeastBytes);

        // Drivers put memory off to its first use; using it now fails where a smaller batch can still be chosen.
        return Rent(length, kind, buffer => Setup.BeginFill(buffer, 0f, 0, LeastBytes), out ClException? refusal)
            ?? throw new BatchTooLargeException(OutOfMemory(what, bytes, refusal), refusal);
    }

    /// <summary>Memory with fixed numbers in it.</summary>
    /// <exception cref="BackendException">The device does not allocate as much at a time, or has no memory left; no smaller batch would help.</exception>
    public unsafe ClBuffer From(string what, ReadOnlySpan<float> content)
    {
        long bytes = (long)content.Length * sizeof(float);
        ThrowIfTooLarge(what, bytes);
        fixed (float* first = content)
        {
            var source = new PinnedMemory(first, bytes);
            return Rent(bytes, ClMemoryKind.Device, buffer => Setup.BeginWrite(buffer, 0, source), out ClException? refusal)
                ?? throw new BackendException($"{OutOfMemory(what, bytes, refusal)} Use another device.", refusal);
        }
    }

    /// <summary>Refuses memory that no batch size would make small enough; to be asked before the host prepares its content.</summary>
    /// <exception cref="BackendException">The device does not allocate as much at a time.</exception>
    public void ThrowIfTooLarge(string what, long bytes)
    {
        if (FindExcess(what, bytes) is { } sentence)
        {
            throw new BackendException($"{sentence} Use another device.");
        }
    }

    /// <summary>Refuses memory that a smaller batch would need less of.</summary>
    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time.</exception>
    public void ThrowIfTooLargeABatch(string what, long bytes)
    {
        if (FindExcess(what, bytes) is { } sentence)
        {
            throw new BatchTooLargeException(sentence);
        }
    }

    public void Dispose() => Setup.Dispose();

    /// <summary>Rents memory and uses it a first time; null when the device has none left.</summary>
    private ClBuffer? Rent(long bytes, ClMemoryKind kind, Action<ClBuffer> use, out ClException? refusal)
    {
        refusal = null;
        long size = ClBufferPool.SizeOf(context, bytes);
        while (true)
        {
            ClBuffer? buffer = null;
            bool hasMore = pool.Counters.PooledBytes > 0;
            try
            {
                if (IsBeyondAll(size + pool.Counters.PooledBytes))
                {
                    pool.Trim();
                }

                buffer = IsBeyondAll(size) ? null : pool.Rent(context, bytes, kind);
                if (buffer is not null)
                {
                    use(buffer);
                    Setup.Finish();
                }

                return buffer;
            }
            catch (ClException e) when (e.Status.IsOutOfMemory())
            {
                // What could not be used goes with all that is kept.
                buffer?.Dispose();
                pool.Trim();
                refusal = e;
                if (!hasMore)
                {
                    return null;
                }
            }
            catch
            {
                buffer?.Dispose();
                throw;
            }
        }
    }

    private bool IsBeyondAll(long bytes) => pool.Counters.LiveBytes + bytes > context.Device.GlobalMemoryBytes;

    private string OutOfMemory(string what, long bytes, ClException? refusal)
    {
        string reported = refusal is null ? "" : $"; OpenCL reported {refusal.Status.HeaderName()} ({(int)refusal.Status})";
        return $"{what} would take {bytes:N0} bytes, but the device '{context.Device}' has no memory left for that: it has {context.Device.GlobalMemoryBytes:N0} bytes (CL_DEVICE_GLOBAL_MEM_SIZE), of which this process uses {pool.Counters.LiveBytes:N0}{reported}.";
    }

    /// <summary>The sentence on a buffer that exceeds a limit; null when it does not.</summary>
    public string? FindExcess(string what, long bytes)
    {
        long allocatable = context.Device.MaxAllocationBytes;
        if (bytes > allocatable)
        {
            return $"{what} would take {bytes:N0} bytes, but the device '{context.Device}' allocates at most {allocatable:N0} at a time (CL_DEVICE_MAX_MEM_ALLOC_SIZE).";
        }

        return bytes > AddressableBytes
            ? $"{what} would take {bytes:N0} bytes, but the OpenCL kernels address at most {AddressableBytes:N0} in a buffer."
            : null;
    }
}
