namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// Owns one OpenCL handle: released once, when disposed. There is no finalizer, since a driver may be gone by the time one
/// runs; whoever creates an object disposes it, and <see cref="ClApi.LiveObjects"/> counts who forgot.
/// </summary>
internal abstract class ClObject : IDisposable
{
    private nint _handle;

    private protected ClObject(ClApi api, nint handle)
    {
        Api = api;
        _handle = handle;
        api.NoteCreated();
    }

    internal ClApi Api { get; }

    /// <summary>The handle, for the calls of this namespace alone.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    internal nint Handle
    {
        get
        {
            nint handle = Volatile.Read(ref _handle);
            ObjectDisposedException.ThrowIf(handle == 0, this);
            return handle;
        }
    }

    /// <summary>Releases the handle. Later calls do nothing; a driver's refusal is counted, not thrown.</summary>
    public void Dispose()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            Api.NoteReleased(Release(handle));
        }
    }

    private protected abstract ClStatus Release(nint handle);
}
