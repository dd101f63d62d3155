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
    private static readonly Version Earliest = new(1, 2);

    // They run kernels to find mistakes in them, or to draw where there is no GPU.
    private static readonly string[] SimulatorNames = ["oclgrind", "llvmpipe", "softpipe", "swrast"];

    private ClDevice(ClApi api, ClPlatform platform, nint handle, int number)
    {
        Api = api;
        Platform = platform;
        Handle = handle;
        var facts = new DeviceFacts(api, handle, $"device {number} of '{platform.Name}'");
        Name = facts.Text(DeviceInfo.Name);
        Vendor = facts.Text(DeviceInfo.Vendor);
        Version = facts.Text(DeviceInfo.Version);
        DriverVersion = facts.Text(DeviceInfo.DriverVersion);
#pragma warning disable CS0618 // Later versions deprecate it, and drivers may refuse it.
        UnifiedMemory = facts.Find<uint>(DeviceInfo.HostUnifiedMemory) is > 0;
#pragma warning restore CS0618
        Unfitness = FindUnfitness(facts);
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

    /// <summary>Why it cannot be used and what to do about it, from what it says of itself; null where nothing is in the way.</summary>
    public string? Unfitness { get; }

    /// <summary>True where a program acts as if it were a device.</summary>
    public bool IsSimulator => new[] { Name, Platform.Name }.Any(name => SimulatorNames.Any(simulator => name.Contains(simulator, StringComparison.OrdinalIgnoreCase)));

    /// <summary>The extensions by name, as CL_DEVICE_EXTENSIONS lists them.</summary>
    public IReadOnlySet<string> Extensions { get; }

    /// <summary>True when kernels may compute in half precision.</summary>
    public bool HasFp16 => Extensions.Contains("cl_khr_fp16");

    internal ClApi Api { get; }

    internal nint Handle { get; }

    /// <summary>A platform's devices; there may be none.</summary>
    /// <param name="api">The way to the driver.</param>
    /// <param name="platform">The platform.</param>
    /// <param name="onFailure">Is called for each device that fails to answer, which is then left out; null throws instead.</param>
    internal static IReadOnlyList<ClDevice> Of(ClApi api, ClPlatform platform, Action<ClException>? onFailure)
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

        var devices = new List<ClDevice>(handles.Length);
        foreach ((int number, nint handle) in handles.Index())
        {
            try
            {
                devices.Add(new ClDevice(api, platform, handle, number));
            }
            catch (ClException e) when (onFailure is not null)
            {
                onFailure(e);
            }
        }

        return devices;
    }

    public override string ToString() => Name;

    private string? FindUnfitness(DeviceFacts facts) =>
        facts.Value<uint>(DeviceInfo.Available) == 0 ? $"The device '{Name}' is not available, as its driver says; check that it is switched on and not in use."
        : facts.Value<uint>(DeviceInfo.CompilerAvailable) == 0 ? $"The device '{Name}' has a driver without a compiler for kernels; install a complete one."
        : facts.Text(DeviceInfo.Profile) is var profile && profile != "FULL_PROFILE" ? $"The device '{Name}' has OpenCL's profile '{profile}', and Convoy takes the full one; update its driver."
        : !IsRecent(Version) ? $"The device '{Name}' has '{Version}', and Convoy takes OpenCL {Earliest} or later; update its driver."
        : null;

    /// <summary>Of "OpenCL 1.2 and what else the driver writes".</summary>
    private static bool IsRecent(string version) =>
        version.Split(' ') is ["OpenCL", var number, ..] && System.Version.TryParse(number, out Version? parsed) && parsed >= Earliest;

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
    private readonly struct DeviceFacts(ClApi api, nint handle, string device)
    {
        private const string Operation = "read a device's facts";

        public string Text(DeviceInfo name) => ClInfo.Text(Query(name), Operation, Detail(name));

        public T Value<T>(DeviceInfo name)
            where T : unmanaged => ClInfo.Value<T>(Query(name), Operation, Detail(name));

        /// <summary>The same of what a driver need not know; null where it does not.</summary>
        public T? Find<T>(DeviceInfo name)
            where T : unmanaged
        {
            T value = default;
            ClStatus status = api.GetDeviceInfo(handle, name, (nuint)sizeof(T), &value, null);
            if (status == ClStatus.InvalidValue)
            {
                return null;
            }

            status.ThrowIfFailed(Operation, Detail(name));
            return value;
        }

        public long Size(DeviceInfo name) => (long)Value<nuint>(name);

        public long[] Sizes(DeviceInfo name) => [.. ClInfo.Array<nuint>(Query(name), Operation, Detail(name)).Select(size => (long)size)];

        private string Detail(DeviceInfo name) => $"{device}, {name}";

        private ClInfoQuery Query(DeviceInfo name)
        {
            (ClApi driver, nint device) = (api, handle);
            return (capacity, value, size) => driver.GetDeviceInfo(device, name, capacity, value, size);
        }
    }
}
