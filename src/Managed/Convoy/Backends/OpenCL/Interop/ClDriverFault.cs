namespace Convoy.Backends.OpenCL.Interop;

/// <summary>A driver that brings down, or holds up for ever, the process that loads it; so nobody does.</summary>
/// <param name="Driver">The driver.</param>
/// <param name="What">What it does: "ended the process that tried it (SIGABRT)".</param>
internal sealed record ClDriverFault(ClVendorFile Driver, string What)
{
    /// <summary>The same for people, with what to do.</summary>
    public string Sentence =>
        $"{Driver.Subject} {What}, so it is passed over; update or remove its package, or {Driver.Removal} ('convoy doctor' tries it again).";

    /// <summary>Whether it is this driver.</summary>
    public bool Concerns(ClVendorFile driver) => (driver.File, driver.Library) == (Driver.File, Driver.Library);
}
