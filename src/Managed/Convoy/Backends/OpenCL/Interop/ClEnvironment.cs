namespace Convoy.Backends.OpenCL.Interop;

/// <summary>How far one gets on this machine towards an OpenCL device.</summary>
internal enum ClVerdict
{
    /// <summary>There is no OpenCL library that could be used.</summary>
    NoLoader,

    /// <summary>The loader is there, but no driver is registered with it, or none that works.</summary>
    NoDriver,

    /// <summary>A driver is there, but it sees no device.</summary>
    NoDevice,

    /// <summary>There is at least one device.</summary>
    Ok,
}

/// <summary>What there is of OpenCL on a machine, to show a person what is missing. Finding out never throws.</summary>
internal sealed class ClEnvironment
{
    // This loads the drivers' libraries, which only someone who asks what is missing should pay for.
    private readonly Lazy<ClVendors> _vendors;

    private ClEnvironment(
        ClLoader loader, ClVendors vendors, IReadOnlyList<ClDriverFault> passedOver, IReadOnlyList<ClPlatform> platforms, IReadOnlyList<string> problems)
    {
        Loader = loader;
        _vendors = new(() => vendors.Load(file =>
            loader.IsPassedOver ? "not tried, for want of a loader" : passedOver.FirstOrDefault(fault => fault.Concerns(file))?.What));
        PassedOver = passedOver;
        Platforms = platforms;
        Problems = [.. passedOver.Select(fault => fault.Sentence), .. problems];
        Devices = [.. platforms.SelectMany(platform => platform.Devices)];
        Verdict = loader.Context is null ? ClVerdict.NoLoader
            : platforms.Count == 0 ? ClVerdict.NoDriver
            : Devices.Count == 0 ? ClVerdict.NoDevice
            : ClVerdict.Ok;
    }

    public ClVerdict Verdict { get; }

    /// <summary>The names under which the loader was looked for.</summary>
    public ClLoader Loader { get; }

    /// <summary>The drivers registered with it. One that is registered and loads may still be missing from the platforms.</summary>
    public ClVendors Vendors => _vendors.Value;

    /// <summary>The drivers that respond.</summary>
    public IReadOnlyList<ClPlatform> Platforms { get; }

    /// <summary>Their devices, numbered as "opencl:0" and so on.</summary>
    public IReadOnlyList<ClDevice> Devices { get; }

    /// <summary>What went wrong on the way, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>The drivers that are not to be loaded, which the loader was kept from.</summary>
    public IReadOnlyList<ClDriverFault> PassedOver { get; }

    /// <summary>The registered drivers that cannot be loaded, besides those that are not to be; none where nothing would load them.</summary>
    public IEnumerable<ClVendorFile> Broken =>
        Loader.Context is null ? [] : Vendors.Files.Where(file => !file.Loads && !PassedOver.Any(fault => fault.Concerns(file)));

    /// <summary>Looks at this machine.</summary>
    public static ClEnvironment Inspect() => Inspect(ClVendors.Find(Environment.GetEnvironmentVariable), []);

    /// <summary>Looks at this machine, whose loader is kept from some of its drivers.</summary>
    public static ClEnvironment Inspect(ClVendors vendors, IReadOnlyList<ClDriverFault> passedOver)
    {
        SilkClApi.TryLoad(out ClApi? api, out _);
        return Inspect(ClLoader.Shared, api, vendors, passedOver);
    }

    /// <summary>Looks at a machine through the given eyes.</summary>
    internal static ClEnvironment Inspect(ClLoader loader, ClApi? api, ClVendors vendors, params IReadOnlyList<ClDriverFault> passedOver)
    {
        if (api is null)
        {
            return new(loader, vendors, passedOver, [], loader.Problem is { } problem ? [problem] : []);
        }

        var problems = new List<string>();
        try
        {
            return new(loader, vendors, passedOver, ClPlatform.All(api, failure => problems.Add(failure.Message)), problems);
        }
        catch (ClException e)
        {
            return new(loader, vendors, passedOver, [], [e.Message]);
        }
    }
}
