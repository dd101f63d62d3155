using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>What kernels may do to a buffer.</summary>
internal enum ClAccess
{
    ReadWrite,
    ReadOnly,
    WriteOnly,
}

/// <summary>Memory of a device, or shared with it.</summary>
internal sealed unsafe class ClBuffer : ClObject
{
    /// <summary>What shared host memory must be aligned to, for drivers to use it in place.</summary>
    public const int HostAlignment = 4096;

    // What its length must be a multiple of, for the same reason.
    private const int HostLengthUnit = 64;

    // A part of another buffer holds no memory of its own.
    private readonly bool _isPart;

    private ClBuffer(ClContext context, nint handle, long bytes, ClAccess access, bool isPart)
        : base(context.Api, handle)
    {
        Context = context;
        _isPart = isPart;
        Bytes = bytes;
        Access = access;
        if (!isPart)
        {
            Api.Memory.CountAllocated(bytes);
        }
    }

    public ClContext Context { get; }

    public long Bytes { get; }

    public ClAccess Access { get; }

    /// <summary>Allocates memory on the device; its content is undefined.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public static ClBuffer Allocate(ClContext context, long bytes, ClAccess access = ClAccess.ReadWrite) =>
        Create(context, bytes, access, MemFlags.None, null);

    /// <summary>Allocates memory that the host reaches fast once mapped: pinned where the device is apart, shared where it is not.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public static ClBuffer AllocatePinned(ClContext context, long bytes, ClAccess access = ClAccess.ReadWrite) =>
        Create(context, bytes, access, MemFlags.AllocHostPtr, null);

    /// <summary>Allocates memory on the device and fills it with numbers, which may be let go afterwards.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public static ClBuffer From<T>(ClContext context, ReadOnlySpan<T> content, ClAccess access = ClAccess.ReadOnly)
        where T : unmanaged
    {
        fixed (T* first = content)
        {
            return Create(context, (long)content.Length * sizeof(T), access, MemFlags.CopyHostPtr, first);
        }
    }

    /// <summary>
    /// Gives the device host memory to work in: with no copy where they share memory. The memory outlives the buffer, starts
    /// on a 4096-byte page, and has the length of <see cref="RoundUpForHost"/>; map the buffer before the host looks.
    /// </summary>
    /// <exception cref="ArgumentException">The memory is not so aligned or not so long.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public static ClBuffer Over(ClContext context, PinnedMemory memory, ClAccess access = ClAccess.ReadWrite)
    {
        if ((nuint)memory.Pointer % HostAlignment != 0 || memory.Bytes % HostLengthUnit != 0)
        {
            throw new ArgumentException(
                $"Memory shared with a device starts on a {HostAlignment}-byte page and is a multiple of {HostLengthUnit} bytes long.", nameof(memory));
        }

        return Create(context, memory.Bytes, access, MemFlags.UseHostPtr, memory.Pointer);
    }

    /// <summary>The length to allocate on the host for a buffer over it.</summary>
    public static long RoundUpForHost(long bytes) => checked(bytes + HostAlignment - 1) / HostAlignment * HostAlignment;

    /// <summary>A part of this buffer as a buffer; the driver keeps the memory until both are released.</summary>
    /// <param name="offset">Where it starts: a multiple of <see cref="ClDevice.MemBaseAddrAlignBytes"/>.</param>
    /// <param name="bytes">Its length.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not within, is empty, or its start is not so aligned.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public ClBuffer Part(long offset, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        ByteRange.ThrowIfOutside(offset, bytes, Bytes);
        int alignment = Context.Device.MemBaseAddrAlignBytes;
        if (offset % alignment != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"A part of a buffer starts at a multiple of {alignment} bytes on '{Context.Device}'.");
        }

        nint handle = Api.CreateSubBuffer(Handle, Flags(Access), (nuint)offset, (nuint)bytes, out ClStatus status);
        if (status != ClStatus.Success)
        {
            throw new ClException("create a part of a buffer", status, $"{bytes} bytes from {offset} on '{Context.Device}'");
        }

        return new(Context, handle, bytes, Access, isPart: true);
    }

    private protected override ClStatus Release(nint handle)
    {
        if (!_isPart)
        {
            Api.Memory.CountFreed(Bytes);
        }

        return Api.ReleaseMemObject(handle);
    }

    private static ClBuffer Create(ClContext context, long bytes, ClAccess access, MemFlags kind, void* host)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        nint handle = context.Api.CreateBuffer(context.Handle, Flags(access) | kind, (nuint)bytes, host, out ClStatus status);
        if (status != ClStatus.Success)
        {
            throw new ClException("create a buffer", status, $"{bytes} bytes on '{context.Device}'");
        }

        return new(context, handle, bytes, access, isPart: false);
    }

    private static MemFlags Flags(ClAccess access) => access switch
    {
        ClAccess.ReadOnly => MemFlags.ReadOnly,
        ClAccess.WriteOnly => MemFlags.WriteOnly,
        _ => MemFlags.ReadWrite,
    };
}
