using System.Text.Json.Serialization;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>What trials have told of this machine's OpenCL: what of it is not to be loaded.</summary>
/// <param name="Loader">What the loader does to the process that loads it: "ended the process that tried it (SIGABRT)"; null where it may be loaded.</param>
/// <param name="Faults">The drivers that are not to be loaded.</param>
/// <param name="HasHang">True where something did not answer in time, which on a busy machine a good driver may do.</param>
internal sealed record DriverVerdict(string? Loader, ImmutableArray<ClDriverFault> Faults, bool HasHang)
{
    /// <summary>All may be loaded.</summary>
    public static DriverVerdict Good { get; } = new(null, [], false);

    /// <summary>Nothing was tried for want of a process, and all is loaded this time.</summary>
    public static DriverVerdict Untried { get; } = Good with { IsForOnce = true };

    /// <summary>True where nothing was found out: this counts for one process, and the next one tries again.</summary>
    [JsonIgnore]
    public bool IsForOnce { get; private init; }

    /// <summary>A trial that tells nothing, after which nothing is loaded this time: it may be OpenCL that ended it.</summary>
    public static DriverVerdict Unfinished(Trial trial) =>
        new($"was not tried to the end ({trial.End})", [], false) { IsForOnce = true };

    /// <summary>Whether a driver may be loaded.</summary>
    public bool Allows(ClVendorFile driver) => !Faults.Any(fault => fault.Concerns(driver));
}
