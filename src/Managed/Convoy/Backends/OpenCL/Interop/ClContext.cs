using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>Where buffers, programs and queues of one device live.</summary>
internal sealed unsafe class ClContext : ClObject
{
    /// <exception cref="ClException">The device cannot be used.</exception>
    public ClContext(ClDevice device)
        : base(device.Api, Create(device)) => Device = device;

    public ClDevice Device { get; }

    private protected override ClStatus Release(nint handle) => Api.ReleaseContext(handle);

    private static nint Create(ClDevice device)
    {
        nint* properties = stackalloc nint[] { (nint)ContextProperties.Platform, device.Platform.Handle, 0 };
        nint handle = device.Api.CreateContext(properties, device.Handle, out ClStatus status);
        status.ThrowIfFailed("create a context", device.Name);
        return handle;
    }
}
