using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// A slot through which a device works in host memory for a while, in place where it shares memory with the host. It serves
/// batch after batch, so that a steady state allocates nothing managed. The memory object is made anew each time and not
/// kept by its address: a driver may have pinned the pages that lay there, which need not be those that lie there next.
/// </summary>
internal sealed unsafe class ClHostWindow(ClContext context) : IClMemory, IDisposable
{
    private nint _handle;

    public long Bytes { get; private set; }

    public nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>
    /// Opens on memory, which stays where it is until every command on it has ended. What a device wrote is the host's to see
    /// once the window has been mapped.
    /// </summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public void Open(PinnedMemory memory, ClAccess access)
    {
        Close();
        _handle = ClMemoryBlock.Create(
            context, memory.Bytes, ClMemoryBlock.Flags(ClMemoryKind.Device, access) | MemFlags.UseHostPtr, memory.Pointer);
        Bytes = memory.Bytes;
        context.Api.NoteCreated();
    }

    /// <summary>Lets the memory go; a window that is not open stays so.</summary>
    public void Close()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            context.Api.NoteReleased(context.Api.ReleaseMemObject(handle));
        }
    }

    public void Dispose() => Close();
}
