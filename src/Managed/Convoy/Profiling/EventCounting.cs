using Convoy.Backends.Native;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Whether the processor's events can be counted here, by Linux's perf_event_open.</summary>
public static class EventCounting
{
    /// <summary>Why those of a device's work cannot, and what to do, as a piece of a sentence; null where they can.</summary>
    /// <param name="device">The device.</param>
    public static string? FindRefusal(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device == Device.Native
            ? ThreadCounters.FindRefusal(CountedEvents.Hardware)
            : $"only the work of 'native' is counted, not that of '{device.Name}', of which its maker's own profiler reports more";
    }
}
