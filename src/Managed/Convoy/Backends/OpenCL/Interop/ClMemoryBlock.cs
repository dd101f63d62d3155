using Convoy.Memory;
using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>One allocation of a device's memory: what <see cref="ClBuffer"/> is handed and <see cref="ClBufferPool"/> keeps.</summary>
internal sealed unsafe class ClMemoryBlock : ClObject, IPoolBlock
{
    /// <exception cref="ClException">The device refuses.</exception>
    public ClMemoryBlock(ClContext context, long bytes, ClMemoryKind kind, ClAccess access = ClAccess.ReadWrite, void* content = null)
        : base(context.Api, Create(context, bytes, Flags(kind, access) | (content is null ? MemFlags.None : MemFlags.CopyHostPtr), content))
    {
        Bytes = bytes;
        MemoryKind = kind;
    }

    public long Bytes { get; }

    public ClMemoryKind MemoryKind { get; }

    public long ReturnNumber { get; set; }

    int IPoolBlock.Kind => (int)MemoryKind;

    /// <summary>Creates a memory object.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    internal static nint Create(ClContext context, long bytes, MemFlags flags, void* host)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes);
        nint handle = context.Api.CreateBuffer(context.Handle, flags, (nuint)bytes, host, out ClStatus status);
        return status == ClStatus.Success ? handle : throw new ClException("create a buffer", status, $"{bytes} bytes on '{context.Device}'");
    }

    /// <summary>The flags of memory.</summary>
    internal static MemFlags Flags(ClMemoryKind kind, ClAccess access) => FlagOf(kind) | FlagOf(access);

    private protected override ClStatus Release(nint handle) => Api.ReleaseMemObject(handle);

    private static MemFlags FlagOf(ClMemoryKind kind) => kind switch
    {
        ClMemoryKind.Device => MemFlags.None,
        ClMemoryKind.Pinned => MemFlags.AllocHostPtr,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of memory."),
    };

    private static MemFlags FlagOf(ClAccess access) => access switch
    {
        ClAccess.ReadWrite => MemFlags.ReadWrite,
        ClAccess.ReadOnly => MemFlags.ReadOnly,
        ClAccess.WriteOnly => MemFlags.WriteOnly,
        _ => throw new ArgumentOutOfRangeException(nameof(access), access, "There is no such access to memory."),
    };
}
