using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Diagnostics;

/// <summary>Each situation in one sentence: what is, and what to do about it.</summary>
internal static class OpenClSentences
{
    /// <summary>The sentence for a situation.</summary>
    public static string Of(OpenClSituation situation, ClEnvironment environment, ImmutableArray<OpenClPlatformDiagnosis> platforms)
    {
        OpenClDeviceDiagnosis[] devices = [.. platforms.SelectMany(platform => platform.Devices)];
        return situation switch
        {
            OpenClSituation.NoLoader => environment.Loader.Problem
                ?? "An OpenCL loader was found, but its functions could not be; install another one.",
            OpenClSituation.NoDriver => NoDriver(environment),
            OpenClSituation.NoDevice =>
                $"An OpenCL driver is there ({Join(platforms.Select(platform => platform.Name))}), but it sees no device; check that the device is present and that this user may open it (on Linux, groups video and render).",
            OpenClSituation.NoWorkingDevice => devices.Length == 1
                ? devices[0].Problem!
                : $"None of the {devices.Length} OpenCL devices can run a kernel; of the first: {devices[0].Problem}",
            OpenClSituation.Works =>
                $"OpenCL works on {Join(devices.Where(device => device.Works).Select(device => $"{device.Device} '{device.Name}'"))}.",
            _ => throw new ArgumentOutOfRangeException(nameof(situation), situation, "There is no such situation of OpenCL."),
        };
    }

    private static string NoDriver(ClEnvironment environment)
    {
        ClLoaderAttempt loader = environment.Loader.Attempts[^1];
        string begin = $"The OpenCL loader is there ({loader.Path ?? loader.Name}), but ";
        IReadOnlyList<ClVendorFile> registered = environment.Vendors.Files;
        if (environment.PassedOver is [var fault, ..])
        {
            return fault.Sentence;
        }

        if (environment.Problems is [var problem, ..])
        {
            return $"{begin}its driver fails to answer: {problem}";
        }

        if (registered.Count == 0)
        {
            string places = Join(environment.Vendors.Places.Select(Describe));
            return $"{begin}no driver is registered with it{(places.Length > 0 ? $" in {places}" : "")}; install the device's driver, or PoCL for the CPU.";
        }

        return registered.FirstOrDefault(file => !file.Loads) is { } broken
            ? $"{begin}{Describe(broken)} cannot be loaded ({(broken.Library.Length > 0 ? $"{broken.Library}: " : "")}{broken.Problem}); {(broken.Variable is null ? "install its package again, or " : "")}{broken.Removal}."
            : $"{begin}none of its drivers gives a platform ({Join(registered.Select(file => file.Library))}); install the device's driver again, or PoCL for the CPU.";
    }

    private static string Describe(ClVendorFile driver) =>
        $"the driver that {(driver.File == driver.Variable ? $"{driver.File} names" : $"'{driver.File}' registers")}";

    private static string Describe(ClVendorPlace place) =>
        $"{place.Path}{(place.Source is { } variable ? $", which {variable} names" : "")}{(place.Exists ? "" : ", which is not there")}";

    private static string Join(IEnumerable<string> words) => string.Join(", ", words);
}
