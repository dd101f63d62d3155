using System.Diagnostics;

namespace Convoy.Cli.Measuring;

/// <summary>
/// How much of the cores went to others while something was measured: what the system says that they were busy, less what this
/// process took. It adds up several stretches of time.
/// </summary>
internal sealed class CoreUse
{
    private (ProcessorTimes? Times, TimeSpan Own, long Clock) _begin;
    private double _coreSeconds;
    private double _busySeconds;
    private double _ownSeconds;

    /// <summary>The share of the cores that other processes took, in percent; null where the system does not tell.</summary>
    public double? OthersPercent => PercentOf(_coreSeconds, _busySeconds, _ownSeconds);

    /// <summary>Begins a stretch.</summary>
    public void Begin() => _begin = (ProcessorTimes.Read(), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());

    /// <summary>Ends it.</summary>
    public void End()
    {
        double seconds = Stopwatch.GetElapsedTime(_begin.Clock).TotalSeconds;
        TimeSpan own = Environment.CpuUsage.TotalTime - _begin.Own;
        if (_begin.Times is { } before && ProcessorTimes.Read() is { } after && after.All > before.All)
        {
            // A share of ticks, so that nobody need know how long one is.
            double coreSeconds = seconds * after.Processors;
            _coreSeconds += coreSeconds;
            _busySeconds += coreSeconds * (after.Busy - before.Busy) / (after.All - before.All);
            _ownSeconds += own.TotalSeconds;
        }
    }

    /// <summary>What others took of so many seconds of cores, never below nothing: ticks are coarse.</summary>
    internal static double? PercentOf(double coreSeconds, double busySeconds, double ownSeconds) =>
        coreSeconds > 0 ? 100 * Math.Clamp((busySeconds - ownSeconds) / coreSeconds, 0, 1) : null;
}
