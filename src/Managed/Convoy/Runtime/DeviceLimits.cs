namespace Convoy.Runtime;

/// <summary>What kind of hardware a device is.</summary>
public enum DeviceType
{
    /// <summary>None of the others.</summary>
    Other,

    /// <summary>A processor's cores.</summary>
    Cpu,

    /// <summary>A graphics processor.</summary>
    Gpu,

    /// <summary>Hardware made for computing alone.</summary>
    Accelerator,
}

/// <summary>What an OpenCL device says of itself and of its limits.</summary>
/// <param name="Type">The kind of hardware.</param>
/// <param name="ComputeUnits">Cores, or whatever the device has of them.</param>
/// <param name="GlobalMemoryBytes">Memory for feature maps and weights.</param>
/// <param name="LocalMemoryBytes">Memory that the work-items of a work-group share.</param>
/// <param name="MaxAllocationBytes">The largest buffer.</param>
/// <param name="MaxWorkGroupSize">The most work-items in a work-group; a kernel may allow fewer.</param>
/// <param name="HasFp16">True when kernels may compute in half precision.</param>
/// <param name="HasUnifiedMemory">True when the device shares the host's memory, so that nothing need be copied.</param>
/// <param name="Version">The version of OpenCL, as the driver writes it: "OpenCL 3.0 ...".</param>
/// <param name="DriverVersion">The driver's own version.</param>
public sealed record DeviceLimits(
    DeviceType Type,
    int ComputeUnits,
    long GlobalMemoryBytes,
    long LocalMemoryBytes,
    long MaxAllocationBytes,
    long MaxWorkGroupSize,
    bool HasFp16,
    bool HasUnifiedMemory,
    string Version,
    string DriverVersion)
{
    /// <summary>Who made it.</summary>
    public string Vendor { get; init; } = "";

    /// <summary>The driver: "Portable Computing Language".</summary>
    public string Platform { get; init; } = "";

    /// <summary>The clock at most; null where the driver does not know.</summary>
    public int? ClockMegahertz { get; init; }

    /// <summary>The extensions by name, as the driver lists them: "cl_khr_fp16".</summary>
    public ImmutableArray<string> Extensions { get; init; } = [];
}
