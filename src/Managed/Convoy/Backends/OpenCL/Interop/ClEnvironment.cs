namespace Convoy.Backends.OpenCL.Interop;

/// <summary>How far one gets on this machine towards an OpenCL device.</summary>
internal enum ClVerdict
{
    /// <summary>There is no OpenCL library at all.</summary>
    NoLoader,

    /// <summary>The loader is there, but no driver is registered with it, or none can be loaded.</summary>
    NoDriver,

    /// <summary>A driver is there, but it sees no device.</summary>
    NoDevice,

    /// <summary>There is at least one device.</summary>
    Ok,
}

/// <summary>A driver registered with the loader.</summary>
/// <param name="File">The file that registers it, or the variable that names it.</param>
/// <param name="Library">The library it names; empty when the file could not be read.</param>
/// <param name="Loads">Whether that library can be loaded.</param>
internal sealed record ClVendorFile(string File, string Library, bool Loads);

/// <summary>What there is of OpenCL on this machine, for telling a person what is missing. Finding out never throws.</summary>
internal sealed class ClEnvironment
{
    private ClEnvironment(ClLoader loader, IReadOnlyList<ClPlatform> platforms, string? problem)
    {
        Loader = loader;
        Platforms = platforms;
        Problem = problem;
        Devices = [.. platforms.SelectMany(platform => platform.Devices)];
        Verdict = loader.Context is null ? ClVerdict.NoLoader
            : platforms.Count == 0 ? ClVerdict.NoDriver
            : Devices.Count == 0 ? ClVerdict.NoDevice
            : ClVerdict.Ok;
    }

    public ClVerdict Verdict { get; }

    /// <summary>The names under which the loader was looked for, and why there is none.</summary>
    public ClLoader Loader { get; }

    public IReadOnlyList<ClPlatform> Platforms { get; }

    public IReadOnlyList<ClDevice> Devices { get; }

    /// <summary>What went wrong on the way, in a sentence; null when nothing did.</summary>
    public string? Problem { get; }

    /// <summary>Looks at this machine.</summary>
    public static ClEnvironment Inspect()
    {
        if (!SilkClApi.TryLoad(out ClApi? api, out string? reason))
        {
            return new(ClLoader.Shared, [], reason);
        }

        try
        {
            return new(ClLoader.Shared, ClPlatform.All(api), null);
        }
        catch (ClException e)
        {
            return new(ClLoader.Shared, [], e.Message);
        }
    }
}
