namespace Convoy.Runtime;

/// <summary>A device asked for is not there or cannot be used; the sentence says which and why.</summary>
public sealed class DeviceException : ConvoyException
{
    /// <summary>Creates the error with its sentence.</summary>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the error with its sentence and the failure underneath.</summary>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal DeviceException(Device device)
        : base($"The device '{device.Name}' cannot be used: {device.UnavailableReason}") => Device = device;

    /// <summary>The device that is there and cannot be used; null where there is none of the name, or it does not compute so.</summary>
    public Device? Device { get; }
}
