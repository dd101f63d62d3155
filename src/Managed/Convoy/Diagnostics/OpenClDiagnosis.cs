using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Trials;
using Convoy.Runtime;

namespace Convoy.Diagnostics;

/// <summary>How far one gets on this machine towards computing with OpenCL.</summary>
public enum OpenClSituation
{
    /// <summary>There is no OpenCL loader, the library through which drivers are reached.</summary>
    NoLoader,

    /// <summary>The loader is there, but no driver, or none that works.</summary>
    NoDriver,

    /// <summary>A driver is there, but it sees no device.</summary>
    NoDevice,

    /// <summary>There are devices, but none of them can build and run a kernel.</summary>
    NoWorkingDevice,

    /// <summary>At least one device computes, and computes right.</summary>
    Works,
}

/// <summary>A place where the loader looks for drivers.</summary>
/// <param name="Path">A folder, a file that registers a driver, or a driver's library.</param>
/// <param name="Variable">The environment variable that names it; null for the usual place.</param>
/// <param name="Exists">Whether it is there.</param>
public sealed record DriverPlace(string Path, string? Variable, bool Exists);

/// <summary>A driver registered with the loader.</summary>
/// <param name="File">The file that registers it, or the variable that names its library.</param>
/// <param name="Library">The library it names; empty when it names none.</param>
/// <param name="Problem">Why the library cannot be loaded; null when it can.</param>
public sealed record DriverRegistration(string File, string Library, string? Problem)
{
    /// <summary>True when the driver's library can be loaded.</summary>
    public bool Loads => Problem is null;
}

/// <summary>A driver that answers.</summary>
/// <param name="Name">Its name: "Portable Computing Language".</param>
/// <param name="Vendor">Who made it.</param>
/// <param name="Version">The version of OpenCL, as the driver writes it.</param>
/// <param name="Devices">The devices it sees.</param>
public sealed record OpenClPlatformDiagnosis(string Name, string Vendor, string Version, ImmutableArray<OpenClDeviceDiagnosis> Devices);

/// <summary>A device, its limits, and what became of a kernel on it.</summary>
/// <param name="Device">What Convoy calls it: "opencl:0".</param>
/// <param name="Name">What the driver calls it.</param>
/// <param name="Vendor">Who made it.</param>
/// <param name="Limits">What it says of itself.</param>
/// <param name="Kernel">What became of the smallest kernel.</param>
/// <param name="Problem">What is wrong and what to do, in a sentence; null when nothing is.</param>
/// <param name="Details">All there is to say of the problem, such as the compiler's log, in several lines; null where that is nothing more.</param>
public sealed record OpenClDeviceDiagnosis(
    string Device, string Name, string Vendor, DeviceLimits Limits, KernelOutcome Kernel, string? Problem, string? Details)
{
    /// <summary>What became of all kernels, where the smallest was right: one that is wrong is not used.</summary>
    public ImmutableArray<KernelDiagnosis> Kernels { get; init; } = [];

    /// <summary>True when the device can be used.</summary>
    public bool Works => Kernel == KernelOutcome.Right;
}

/// <summary>What there is of OpenCL on this machine, and what stands in its way.</summary>
/// <param name="Situation">How far one gets.</param>
/// <param name="Sentence">The same for people: what is, and what to do about it.</param>
/// <param name="Loaders">The names under which the loader was looked for, in order; the one that loads is in use.</param>
/// <param name="DriverPlaces">Where drivers are registered with the loader on Linux.</param>
/// <param name="Drivers">The drivers registered there.</param>
/// <param name="Platforms">The drivers that answer.</param>
/// <param name="Problems">What else went wrong on the way, a sentence each.</param>
/// <param name="Remedies">What would mend it, this machine's system first; empty when it works.</param>
public sealed record OpenClDiagnosis(
    OpenClSituation Situation,
    string Sentence,
    ImmutableArray<LibraryAttempt> Loaders,
    ImmutableArray<DriverPlace> DriverPlaces,
    ImmutableArray<DriverRegistration> Drivers,
    ImmutableArray<OpenClPlatformDiagnosis> Platforms,
    ImmutableArray<string> Problems,
    ImmutableArray<Remedy> Remedies)
{
    /// <summary>True when at least one device can be used.</summary>
    public bool Works => Situation == OpenClSituation.Works;

    /// <summary>Looks for the loader, its drivers and their devices, and tries each device with a kernel; never throws.</summary>
    internal static OpenClDiagnosis Examine(DiagnosisTeller teller) => Of(DriverTrials.Inspect(anew: true), teller);

    /// <summary>Tries the devices of a machine that was looked at.</summary>
    internal static OpenClDiagnosis Of(ClEnvironment environment, DiagnosisTeller teller)
    {
        List<ClDevice> numbered = [.. environment.Devices];
        ImmutableArray<OpenClPlatformDiagnosis> platforms =
        [
            .. environment.Platforms.Select(platform => new OpenClPlatformDiagnosis(
                platform.Name, platform.Vendor, platform.Version, [.. platform.Devices.Select(device => Try(device, numbered.IndexOf(device), teller))])),
        ];

        OpenClSituation situation = SituationOf(environment.Verdict, platforms);
        return new(
            situation,
            OpenClSentences.Of(situation, environment, platforms),
            [.. environment.Loader.Attempts.Select(attempt => new LibraryAttempt(attempt.Name, attempt.Path, attempt.Problem))],
            [.. environment.Vendors.Places.Select(place => new DriverPlace(place.Path, place.Source, place.Exists))],
            [.. environment.Vendors.Files.Select(file => new DriverRegistration(file.File, file.Library, file.Problem))],
            platforms,
            [.. environment.Problems.Where(problem => problem != environment.Loader.Problem)],
            RemediesFor(situation));
    }

    private static OpenClSituation SituationOf(ClVerdict verdict, ImmutableArray<OpenClPlatformDiagnosis> platforms) => verdict switch
    {
        ClVerdict.NoLoader => OpenClSituation.NoLoader,
        ClVerdict.NoDriver => OpenClSituation.NoDriver,
        ClVerdict.NoDevice => OpenClSituation.NoDevice,
        ClVerdict.Ok => platforms.Any(platform => platform.Devices.Any(device => device.Works)) ? OpenClSituation.Works : OpenClSituation.NoWorkingDevice,
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "There is no such verdict on OpenCL."),
    };

    private static OpenClDeviceDiagnosis Try(ClDevice device, int number, DiagnosisTeller teller)
    {
        string name = DeviceCatalog.NameOf(number);
        teller.Begin(name);
        var check = OpenClKernelCheck.Of(device);
        if (check.Outcome != KernelOutcome.Right)
        {
            teller.Fail();
        }

        return new(
            name, device.Name, device.Vendor, DeviceCatalog.LimitsOf(device), check.Outcome, check.Problem, check.Details)
        {
            Kernels = check.Outcome == KernelOutcome.Right ? KernelProcess.Examine(device, number, teller) : [],
        };
    }

    private static ImmutableArray<Remedy> RemediesFor(OpenClSituation situation) => situation switch
    {
        OpenClSituation.NoLoader => Diagnostics.Remedies.ForLoader,
        OpenClSituation.NoDriver => Diagnostics.Remedies.ForDriver,
        OpenClSituation.NoDevice => Diagnostics.Remedies.ForDevice,
        OpenClSituation.NoWorkingDevice => Diagnostics.Remedies.ForKernel,
        OpenClSituation.Works => [],
        _ => throw new ArgumentOutOfRangeException(nameof(situation), situation, "There is no such situation of OpenCL."),
    };
}
