using System.Collections.Frozen;
using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>What kind of hardware a device is.</summary>
internal enum ClDeviceType
{
    Other,
    Cpu,
    Gpu,
    Accelerator,
}

/// <summary>A device and its facts, read once.</summary>
internal sealed unsafe class ClDevice
{
    private ClDevice(ClApi api, ClPlatform platform, nint handle)
    {
        Api = api;
        Platform = platform;
        Handle = handle;
        var facts = new DeviceFacts(api, handle);
        Name = facts.Text(DeviceInfo.Name);
        Vendor = facts.Text(DeviceInfo.Vendor);
        Version = facts.Text(DeviceInfo.Version);
        DriverVersion = facts.Text(DeviceInfo.DriverVersion);
#pragma warning disable CS0618 // Later versions deprecate it; this is OpenCL 1.2.
        UnifiedMemory = facts.Value<uint>(DeviceInfo.HostUnifiedMemory) != 0;
#pragma warning restore CS0618
        Type = TypeOf((DeviceType)facts.Value<ulong>(DeviceInfo.Type));
        ClockMegahertz = (int)facts.Value<uint>(DeviceInfo.MaxClockFrequency);
        GlobalCacheBytes = (long)Math.Min(facts.Value<ulong>(DeviceInfo.GlobalMemCacheSize), long.MaxValue);
        ComputeUnits = (int)facts.Value<uint>(DeviceInfo.MaxComputeUnits);
        MaxWorkGroupSize = facts.Size(DeviceInfo.MaxWorkGroupSize);
        MaxWorkItemSizes = facts.Sizes(DeviceInfo.MaxWorkItemSizes);
        LocalMemoryBytes = (long)facts.Value<ulong>(DeviceInfo.LocalMemSize);
        GlobalMemoryBytes = (long)Math.Min(facts.Value<ulong>(DeviceInfo.GlobalMemSize), long.MaxValue);
        MaxAllocationBytes = (long)Math.Min(facts.Value<ulong>(DeviceInfo.MaxMemAllocSize), long.MaxValue);
        PreferredVectorWidthFloat = (int)facts.Value<uint>(DeviceInfo.PreferredVectorWidthFloat);
        Extensions = facts.Text(DeviceInfo.Extensions).Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet();
    }

    public ClPlatform Platform { get; }

    public string Name { get; }

    public string Vendor { get; }

    /// <summary>"OpenCL 1.2 ..." as the driver writes it.</summary>
    public string Version { get; }

    public string DriverVersion { get; }

    public ClDeviceType Type { get; }

    public int ComputeUnits { get; }

    /// <summary>The clock at most; 0 where the driver does not know.</summary>
    public int ClockMegahertz { get; }

    /// <summary>The cache before the global memory; 0 where there is none.</summary>
    public long GlobalCacheBytes { get; }

    /// <summary>The most work-items in a work-group; a kernel may allow fewer (<see cref="ClKernel.WorkGroup"/>).</summary>
    public long MaxWorkGroupSize { get; }

    /// <summary>The most work-items of a work-group along each dimension.</summary>
    public IReadOnlyList<long> MaxWorkItemSizes { get; }

    public long LocalMemoryBytes { get; }

    public long GlobalMemoryBytes { get; }

    /// <summary>The largest buffer.</summary>
    public long MaxAllocationBytes { get; }

    /// <summary>True when the device and the host share memory, so that nothing need be copied.</summary>
    public bool UnifiedMemory { get; }

    public int PreferredVectorWidthFloat { get; }

    /// <summary>The extensions by name, as CL_DEVICE_EXTENSIONS lists them.</summary>
    public IReadOnlySet<string> Extensions { get; }

    /// <summary>True when kernels may compute in half precision.</summary>
    public bool HasFp16 => Extensions.Contains("cl_khr_fp16");

    internal ClApi Api { get; }

    internal nint Handle { get; }

    /// <summary>A platform's devices; there may be none.</summary>
    internal static IReadOnlyList<ClDevice> Of(ClApi api, ClPlatform platform)
    {
        uint count = 0;
        ClStatus status = api.GetDeviceIds(platform.Handle, DeviceType.All, 0, null, &count);
        if (status == ClStatus.DeviceNotFound || (status == ClStatus.Success && count == 0))
        {
            return [];
        }

        status.ThrowIfFailed("list the devices", platform.Name);
        var handles = new nint[(int)count];
        fixed (nint* first = handles)
        {
            api.GetDeviceIds(platform.Handle, DeviceType.All, count, first, null).ThrowIfFailed("list the devices", platform.Name);
        }

        return [.. handles.Select(handle => new ClDevice(api, platform, handle))];
    }

    public override string ToString() => Name;

    private static ClDeviceType TypeOf(DeviceType flags)
    {
        if (flags.HasFlag(DeviceType.Gpu))
        {
            return ClDeviceType.Gpu;
        }

        if (flags.HasFlag(DeviceType.Cpu))
        {
            return ClDeviceType.Cpu;
        }

        return flags.HasFlag(DeviceType.Accelerator) ? ClDeviceType.Accelerator : ClDeviceType.Other;
    }

    /// <summary>clGetDeviceInfo by the type of its value.</summary>
    private readonly struct DeviceFacts(ClApi api, nint handle)
    {
        private const string Operation = "read a device's facts";

        public string Text(DeviceInfo name) => ClInfo.Text(Query(name), Operation, name.ToString());

        public T Value<T>(DeviceInfo name)
            where T : unmanaged => ClInfo.Value<T>(Query(name), Operation, name.ToString());

        public long Size(DeviceInfo name) => (long)Value<nuint>(name);

        public long[] Sizes(DeviceInfo name) => [.. ClInfo.Array<nuint>(Query(name), Operation, name.ToString()).Select(size => (long)size)];

        private ClInfoQuery Query(DeviceInfo name)
        {
            (ClApi driver, nint device) = (api, handle);
            return (capacity, value, size) => driver.GetDeviceInfo(device, name, capacity, value, size);
        }
    }
}
