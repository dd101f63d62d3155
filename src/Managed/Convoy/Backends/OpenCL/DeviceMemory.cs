using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Allocates buffers within the device's limits, and says whose buffer it was that exceeds them. It keeps no pool: a
/// session plans its memory once and holds it until the end, so that a buffer given back would find no taker.
/// </summary>
internal sealed class DeviceMemory(ClContext context, DeviceTraits device)
{
    // Kernels count floats in ints.
    private const long AddressableBytes = (long)int.MaxValue * sizeof(float);

    public ClContext Context => context;

    /// <summary>True where host and device share memory.</summary>
    public bool IsShared => device.SharesHostMemory;

    /// <summary>Memory whose size depends on the batch.</summary>
    /// <param name="what">Whose it is, as a sentence begins: "The feature maps".</param>
    /// <param name="bytes">Its length; zero is allowed.</param>
    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time.</exception>
    public ClBuffer Allocate(string what, long bytes)
    {
        ThrowIfTooLargeABatch(what, bytes);

        // A buffer of no bytes is an error to OpenCL, and an ordinary need of ours.
        return ClBuffer.Allocate(context, Math.Max(bytes, sizeof(float)));
    }

    /// <summary>The same, fast to reach for the host once mapped.</summary>
    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time.</exception>
    public ClBuffer AllocatePinned(string what, long bytes)
    {
        ThrowIfTooLargeABatch(what, bytes);
        return ClBuffer.AllocatePinned(context, bytes);
    }

    /// <summary>Memory with fixed numbers in it.</summary>
    /// <exception cref="BackendException">The device does not allocate as much at a time; no smaller batch would help.</exception>
    public ClBuffer From(string what, ReadOnlySpan<float> content)
    {
        ThrowIfTooLarge(what, (long)content.Length * sizeof(float));
        return ClBuffer.From(context, content);
    }

    /// <summary>Refuses memory that no batch size would make small enough; to be asked before the host prepares its content.</summary>
    /// <exception cref="BackendException">The device does not allocate as much at a time.</exception>
    public void ThrowIfTooLarge(string what, long bytes)
    {
        if (Excess(what, bytes) is { } sentence)
        {
            throw new BackendException($"{sentence} Use another device.");
        }
    }

    private void ThrowIfTooLargeABatch(string what, long bytes)
    {
        if (Excess(what, bytes) is { } sentence)
        {
            throw new BatchTooLargeException(sentence);
        }
    }

    /// <summary>The sentence on a buffer that exceeds a limit; null when it does not.</summary>
    private string? Excess(string what, long bytes)
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
