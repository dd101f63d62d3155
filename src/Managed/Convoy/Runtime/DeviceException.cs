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
}
