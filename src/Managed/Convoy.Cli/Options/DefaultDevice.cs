namespace Convoy.Cli.Options;

/// <summary>A device that nobody named: it gives way to the next one where it refuses a network. One that was named never does.</summary>
internal static class DefaultDevice
{
    /// <summary>Compiles for a device, or where nobody named it and OpenCL refuses, for the next that can be used, and says so.</summary>
    /// <param name="names">What --device is; null where it is not given.</param>
    /// <param name="device">The device.</param>
    /// <param name="compile">Compiles for a device.</param>
    /// <param name="terminal">Where it is said.</param>
    public static InferenceSession Compile(string? names, Device device, Func<Device, InferenceSession> compile, Terminal terminal)
    {
        if (device.Limits is null || !string.IsNullOrWhiteSpace(names ?? Environment.GetEnvironmentVariable(Device.DefaultVariable)))
        {
            return compile(device);
        }

        try
        {
            return compile(device);
        }
        catch (ConvoyException e) when (e is not WeightException && FindNext(device) is { } next)
        {
            InferenceSession session = Compile(names, next, compile, terminal);
            terminal.Note($"The device '{session.Device}' is used because '{device}' cannot be: {e.Message.Split('\n')[0]}");
            return session;
        }
    }

    private static Device? FindNext(Device device) => Device.All.SkipWhile(each => each != device).Skip(1).FirstOrDefault(each => each.IsAvailable);
}
