using System.Runtime.ExceptionServices;

namespace Convoy.Cli.Options;

/// <summary>Devices of a list that cannot begin: told where others can, an error where none can.</summary>
internal static class FailedDevices
{
    /// <summary>What is reported of a device that cannot begin while others can.</summary>
    public static string Describe(DeviceFailure failure) =>
        $"The device '{failure.Device}' cannot begin, and the others do its work: {ReasonOf(failure)}";

    /// <summary>Ends in what a single device failed with, or in a sentence that names each of several.</summary>
    public static void Throw(IReadOnlyList<DeviceFailure> failures)
    {
        if (failures.Select(ReasonOf).Distinct().Count() == 1)
        {
            // It is one device, or the fault is none of theirs.
            ExceptionDispatchInfo.Throw(failures[0].Error);
        }

        string sentence = $"None of the devices can begin: {string.Join("; ", failures.Select(each => $"'{each.Device}' ({ReasonOf(each).TrimEnd('.')})"))}.";
        throw failures.All(each => each.Error is DeviceException)
            ? new DeviceException(sentence, failures[0].Error)
            : new ConvoyException(sentence, failures[0].Error);
    }

    /// <summary>A sentence; what follows it, such as a compiler's log, is for a device that fails alone.</summary>
    private static string ReasonOf(DeviceFailure failure) =>
        failure.Error is DeviceException ? failure.Device.UnavailableReason ?? failure.Error.Message : failure.Error.Message.Split('\n')[0];
}
