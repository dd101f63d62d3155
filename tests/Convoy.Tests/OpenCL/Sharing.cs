using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>How batches pass between host and device.</summary>
public enum Sharing
{
    /// <summary>The device works in the caller's memory.</summary>
    InPlace,

    /// <summary>It shares the host's memory, but would not work in the caller's: that is copied into and out of mapped buffers.</summary>
    Mapped,

    /// <summary>It has memory of its own, to which batches are transferred.</summary>
    Separate,
}

/// <summary>Makes any device one of them.</summary>
internal static class SharingTraits
{
    // No array starts where only this divides its address.
    private const int NowhereAligned = 1 << 30;

    public static DeviceTraits Of(ClDevice device, Sharing sharing) => DeviceTraits.Of(device) with
    {
        SharesHostMemory = sharing != Sharing.Separate,
        HostAlignment = sharing == Sharing.InPlace ? sizeof(float) : NowhereAligned,
    };
}
