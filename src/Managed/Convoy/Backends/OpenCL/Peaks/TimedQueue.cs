using System.Diagnostics;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Peaks;

/// <summary>
/// Commands one at a time, by the device's clock. What a round took is held against the host's before it is believed.
/// </summary>
internal sealed class TimedQueue : IDisposable
{
    // What a round takes at least: long against the steps of devices' clocks and a launch.
    private const double RoundSeconds = 1e-3;

    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan Most = TimeSpan.FromMilliseconds(250);

    private readonly ClQueue _queue;
    private readonly ClEvent _event;

    /// <exception cref="ClException">The device refuses.</exception>
    public TimedQueue(ClContext context)
    {
        _queue = new ClQueue(context);
        _event = new ClEvent(context);
    }

    /// <summary>The queue.</summary>
    public ClQueue Queue => _queue;

    /// <summary>How much a second is done at best.</summary>
    /// <param name="amount">How much a round does.</param>
    /// <param name="enqueue">Enqueues a round with the event given.</param>
    /// <exception cref="BackendException">The device's times cannot be right.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public BestRate Measure(double amount, Action<ClEvent> enqueue)
    {
        // Drivers put off to the first launch what they can, compiling included.
        Time(enqueue);
        (double device, double host) least = (double.PositiveInfinity, double.PositiveInfinity);
        BestRate rate = BestRate.Of(Least, Most, () =>
        {
            (ClEventTimes times, double host) = Time(enqueue);
            double seconds = Seconds(times.Started, times.Ended);
            least = (Math.Min(least.device, seconds), Math.Min(least.host, host));
            return amount / seconds;
        });
        ThrowIfContradicted(least.device, least.host);
        return rate;
    }

    /// <summary>The same, for work that may be made longer: as much of it as a round wants.</summary>
    /// <param name="most">How much more of it there may be.</param>
    /// <param name="amount">How much once does.</param>
    /// <param name="enqueue">Enqueues so much more of it with the event given.</param>
    /// <exception cref="BackendException">The device's times cannot be right.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public BestRate Measure(int most, double amount, Action<int, ClEvent> enqueue)
    {
        int times = 1;
        Time(signal => enqueue(times, signal));
        while (times < most && Math.Min(Time(signal => enqueue(times, signal)).HostSeconds, Time(signal => enqueue(times, signal)).HostSeconds) < RoundSeconds)
        {
            times *= 2;
        }

        return Measure(amount * times, signal => enqueue(times, signal));
    }

    /// <summary>What the device says of one command, and how long the host waited for it.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public (ClEventTimes Times, double HostSeconds) Time(Action<ClEvent> enqueue)
    {
        long begin = Stopwatch.GetTimestamp();
        enqueue(_event);
        _queue.Finish();
        double host = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return (_event.Times, host);
    }

    /// <summary>What is between two times of the device's.</summary>
    /// <exception cref="BackendException">Nothing is, or less: they are no times.</exception>
    public static double Seconds(long from, long to) => to > from
        ? (to - from) * 1e-9
        : throw new BackendException(DeviceClock.ContradictEnd(from, to));

    public void Dispose()
    {
        _event.Dispose();
        _queue.Dispose();
    }

    private static void ThrowIfContradicted(double device, double host)
    {
        if (DeviceClock.IsTooLong(device, host) || DeviceClock.IsTooShort(device, host))
        {
            throw new BackendException(DeviceClock.Contradict("one", device, host));
        }
    }
}
