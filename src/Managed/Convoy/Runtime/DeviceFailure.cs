namespace Convoy.Runtime;

/// <summary>A device that failed while it computed.</summary>
/// <param name="Device">The device.</param>
/// <param name="Error">What it failed with.</param>
public sealed record DeviceFailure(Device Device, ConvoyException Error);
