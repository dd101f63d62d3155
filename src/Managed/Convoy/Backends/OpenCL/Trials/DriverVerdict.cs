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

    /// <summary>Whether a driver may be loaded.</summary>
    public bool Allows(ClVendorFile driver) => !Faults.Any(fault => fault.Concerns(driver));
}
