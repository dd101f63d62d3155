using System.Globalization;
using System.Numerics;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.Reference;

namespace Convoy.Runtime;

/// <summary>Which devices there are, and which one a name means. OpenCL is asked only when it matters.</summary>
internal static class DeviceCatalog
{
    private const string OpenClName = "opencl";

    private static readonly Lazy<IReadOnlyList<(Device Device, OpenClDevice OpenCl)>> OpenClDevices = new(() =>
        [.. OpenClDevice.All.Select((device, index) => (Create(device, index), device))]);

    // What they would be nobody knows: they stand where a GPU would.
    private static readonly Lazy<IReadOnlyList<Device>> PassedOver = new(() =>
        OpenClDevice.IsPassedOver
            ? [CreateMissing(OpenClDevice.UnavailableReason!)]
            : [.. OpenClDevice.PassedOver.Select(fault => CreateUnusable(fault.Driver, fault.Sentence))]);

    // The loader leaves them out too, so they are listed last, and no command goes on about them.
    private static readonly Lazy<IReadOnlyList<Device>> Broken = new(() =>
        [.. OpenClDevice.Broken.Select(driver => CreateUnusable(driver, driver.ProblemSentence))]);

    private static readonly Lazy<IReadOnlyList<Device>> Everything = new(() =>
    [
        .. OpenClDevices.Value.Where(each => each.OpenCl.IsGpu).Select(each => each.Device),
        .. PassedOver.Value,
        Device.Native,
        .. OpenClDevices.Value.Where(each => !each.OpenCl.IsGpu).OrderBy(each => each.OpenCl.Rank).Select(each => each.Device),
        .. Broken.Value,
        .. OpenClDevice.UnavailableReason is { } reason && Unusable.All(device => device.UnavailableReason != reason) ? [CreateMissing(reason)] : (Device[])[],
        Device.Reference,
    ]);

    private static IEnumerable<Device> Unusable => PassedOver.Value.Concat(Broken.Value);

    /// <summary>Every device, the one to prefer first.</summary>
    public static IReadOnlyList<Device> All => Everything.Value;

    /// <summary>The devices the environment names, or the first that is usable and builds a kernel.</summary>
    public static IReadOnlyList<Device> FindDefaults()
    {
        string? named = Environment.GetEnvironmentVariable(Device.DefaultVariable);
        if (string.IsNullOrWhiteSpace(named))
        {
            return [All.First(device => device.Passes())];
        }

        try
        {
            return [.. named.Split(',').Select(Find)];
        }
        catch (DeviceException e)
        {
            throw new DeviceException($"{e.Message} (The name comes from the environment variable {Device.DefaultVariable}.)", e);
        }
    }

    /// <summary>The usable device of a name.</summary>
    public static Device Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Device device = Resolve(name.Trim());
        return device.IsAvailable ? device : throw new DeviceException(device);
    }

    /// <summary>The name of the OpenCL device of a number.</summary>
    public static string NameOf(int index) => $"{OpenClName}:{index}";

    /// <summary>An OpenCL device's facts as they are reported.</summary>
    public static DeviceLimits LimitsOf(ClDevice device) => new(
        device.Type switch
        {
            ClDeviceType.Cpu => DeviceType.Cpu,
            ClDeviceType.Gpu => DeviceType.Gpu,
            ClDeviceType.Accelerator => DeviceType.Accelerator,
            _ => DeviceType.Other,
        },
        device.ComputeUnits,
        device.GlobalMemoryBytes,
        device.LocalMemoryBytes,
        device.MaxAllocationBytes,
        device.MaxWorkGroupSize,
        device.HasFp16,
        device.UnifiedMemory,
        device.Version,
        device.DriverVersion)
    {
        Vendor = device.Vendor,
        Platform = device.Platform.Name,
        ClockMegahertz = device.ClockMegahertz > 0 ? device.ClockMegahertz : null,
        Extensions = [.. device.Extensions.Order(StringComparer.Ordinal)],
    };

    private static Device Resolve(string name)
    {
        foreach (Device device in (Device[])[Device.Native, Device.Reference])
        {
            if (string.Equals(device.Name, name, StringComparison.OrdinalIgnoreCase))
            {
                return device;
            }
        }

        string[] parts = name.Split(':', 2);
        if (!string.Equals(parts[0], OpenClName, StringComparison.OrdinalIgnoreCase))
        {
            throw new DeviceException($"There is no device '{name}'; there are {Names(All)}.");
        }

        if (OpenClDevices.Value.Count == 0)
        {
            throw new DeviceException($"There is no device '{name}': {OpenClDevice.UnavailableReason}");
        }

        if (parts.Length == 1)
        {
            return OpenClDevices.Value.MinBy(each => each.OpenCl.Rank).Device;
        }

        return FindOpenCl(parts[1]) ?? FindUnusable(parts[1]) ?? throw new DeviceException(
            $"There is no device '{name}'; OpenCL's devices are {Names(OpenClDevices.Value.Select(each => each.Device))}.");
    }

    /// <summary>
    /// By number, or else by a part of a name, the one to prefer first; null where there is none. A number is nothing else, though
    /// many a name has digits in it, and a part of a name has at least a letter.
    /// </summary>
    private static Device? FindOpenCl(string which)
    {
        if (BigInteger.TryParse(which, NumberStyles.Integer, CultureInfo.InvariantCulture, out BigInteger number))
        {
            return number >= 0 && number < OpenClDevices.Value.Count ? OpenClDevices.Value[(int)number].Device : null;
        }

        return OpenClDevices.Value
            .Where(each => which.Any(char.IsLetter) && each.OpenCl.Matches(which))
            .OrderBy(each => each.OpenCl.Rank)
            .FirstOrDefault().Device;
    }

    /// <summary>The driver of a name or a part of one, to be refused with the reason.</summary>
    private static Device? FindUnusable(string which) => Unusable.FirstOrDefault(
        device => which.Any(char.IsLetter) && device.Name[(OpenClName.Length + 1)..].Contains(which, StringComparison.OrdinalIgnoreCase));

    private static Device Create(OpenClDevice device, int index) => new(
        NameOf(index),
        device.Description,
        device.ComputeUnits,
        null,
        options => device.CreateBackend(
            new OpenClOptions { Convolutions = options.ConvolutionAlgorithm, AllowsChains = options.AllowChains },
            options.TrustDevice ? null : new ReferenceOracle()),
        LimitsOf(device.Facts),
        device.Memory,
        peaks: device)
    {
        Opening = device.FindProblem,
        Trial = device.FindBuildProblem,
    };

    /// <summary>Stands for the devices that OpenCL would have, to be listed with why there are none.</summary>
    private static Device CreateMissing(string reason) => new(
        OpenClName, "any OpenCL device", 0, reason, _ => throw new DeviceException(reason), type: DeviceType.Other);

    /// <summary>Stands for the devices that a driver would have.</summary>
    private static Device CreateUnusable(ClVendorFile driver, string sentence)
    {
        string name = driver.Library is { Length: > 0 } library ? library : driver.File;
        return new(
            $"{OpenClName}:{Path.GetFileName(name)}",
            $"OpenCL driver {name}",
            0,
            sentence,
            _ => throw new DeviceException(sentence),
            type: DeviceType.Other);
    }

    private static string Names(IEnumerable<Device> devices) => string.Join(", ", devices.Select(each => $"'{each.Name}'"));
}
