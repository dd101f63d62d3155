using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A driver that the loader knows, with its devices. It owns nothing: platforms and devices live as long as the driver.</summary>
internal sealed unsafe class ClPlatform
{
    private ClPlatform(ClApi api, nint handle, Action<ClException>? onFailure)
    {
        Handle = handle;
        Name = Text(PlatformInfo.Name);
        Vendor = Text(PlatformInfo.Vendor);
        Version = Text(PlatformInfo.Version);
        Devices = ClDevice.Of(api, this, onFailure);

        string Text(PlatformInfo name) => ClInfo.Text(
            (capacity, value, size) => api.GetPlatformInfo(handle, name, capacity, value, size), "read a platform's facts", name.ToString());
    }

    public string Name { get; }

    public string Vendor { get; }

    /// <summary>"OpenCL 3.0 ..." as the driver writes it.</summary>
    public string Version { get; }

    /// <summary>Its devices, in the driver's order; there may be none.</summary>
    public IReadOnlyList<ClDevice> Devices { get; }

    /// <summary>PoCL runs kernels on the host's CPU. It caches programs itself and builds worse code when asked for binaries.</summary>
    public bool IsPocl => Name.Contains("Portable Computing Language", StringComparison.OrdinalIgnoreCase);

    internal nint Handle { get; }

    /// <summary>Every platform, in the loader's order; there may be none.</summary>
    /// <param name="api">The way to the drivers.</param>
    /// <param name="onFailure">Is called for each driver and each device that fails to answer, which is then left out; null throws instead.</param>
    /// <exception cref="ClException">The loader fails to answer, or a driver does and nobody listens.</exception>
    public static IReadOnlyList<ClPlatform> All(ClApi api, Action<ClException>? onFailure = null)
    {
        uint count = 0;
        ClStatus status = api.GetPlatformIds(0, null, &count);
        if (status == ClStatus.PlatformNotFoundKhr || (status == ClStatus.Success && count == 0))
        {
            return [];
        }

        status.ThrowIfFailed("list the platforms", "how many");
        var handles = new nint[(int)count];
        fixed (nint* first = handles)
        {
            api.GetPlatformIds(count, first, null).ThrowIfFailed("list the platforms", "their handles");
        }

        var platforms = new List<ClPlatform>(handles.Length);
        foreach (nint handle in handles)
        {
            try
            {
                platforms.Add(new ClPlatform(api, handle, onFailure));
            }
            catch (ClException e) when (onFailure is not null)
            {
                onFailure(e);
            }
        }

        return platforms;
    }

    public override string ToString() => Name;
}
