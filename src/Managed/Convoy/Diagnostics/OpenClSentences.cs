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
            OpenClSituation.NoLoader or OpenClSituation.NoDriver or OpenClSituation.NoDevice => ClSentences.Of(environment)!,
            OpenClSituation.NoWorkingDevice => devices.Length == 1
                ? devices[0].Problem!
                : $"None of the {devices.Length} OpenCL devices can run a kernel; of the first: {devices[0].Problem}",
            OpenClSituation.Works =>
                $"OpenCL works on {Join(devices.Where(device => device.Works).Select(device => $"{device.Device} '{device.Name}'"))}.",
            _ => throw new ArgumentOutOfRangeException(nameof(situation), situation, "There is no such situation of OpenCL."),
        };
    }

    private static string Join(IEnumerable<string> words) => string.Join(", ", words);
}
