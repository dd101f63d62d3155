namespace Convoy.Backends.OpenCL.Interop;

/// <summary>What kernels are given and queues move: memory of a device, or of the host while a device works in it.</summary>
internal interface IClMemory
{
    /// <summary>Bytes that may be used.</summary>
    long Bytes { get; }

    /// <summary>The memory object's handle.</summary>
    /// <exception cref="ObjectDisposedException">There is none any more.</exception>
    nint Handle { get; }
}

/// <summary>What kernels may do to memory.</summary>
internal enum ClAccess
{
    ReadWrite,
    ReadOnly,
    WriteOnly,
}

/// <summary>Where a buffer's memory is.</summary>
internal enum ClMemoryKind
{
    /// <summary>On the device.</summary>
    Device,

    /// <summary>Fast to reach for the host once mapped: pinned where the device is apart, shared where it is not.</summary>
    Pinned,
}
