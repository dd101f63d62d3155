using System.Diagnostics;

namespace Convoy.Profiling;

/// <summary>
/// How much of the cores went to others while something was measured: what Linux says (/proc/stat) that the cores were busy which
/// this process may use, less what it took itself. Others are processes, the system's work for them, and on a virtual machine the
/// hypervisor, which took what Linux calls stolen time. It adds up several stretches of time, and serves one thread.
/// </summary>
public sealed class CoreUse
{
    /// <summary>A share, in percent, from which on figures are not to be relied on.</summary>
    internal const double BusyPercent = 10;

    // Ticks are coarse, a hundredth of a second each: of fewer than these nothing can be said.
    private const long LeastTicks = 20;

    private (ProcessorTimes? Times, TimeSpan Own, long Clock) _begin;
    private ProcessorTimes _ticks;
    private double _coreSeconds;
    private double _ownSeconds;

    /// <summary>The share of the cores that others took in all stretches so far, in percent; null where the system does not report it, or too little time passed.</summary>
    public double? OthersPercent => PercentOf(_ticks, _ownSeconds, _coreSeconds);

    /// <summary>Begins a stretch.</summary>
    public void Begin() => _begin = (ProcessorTimes.Read(), Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());

    /// <summary>Ends the stretch, and adds it to the others.</summary>
    public void End()
    {
        double seconds = Stopwatch.GetElapsedTime(_begin.Clock).TotalSeconds;
        TimeSpan own = Environment.CpuUsage.TotalTime - _begin.Own;
        if (_begin.Times is { } before && ProcessorTimes.Read() is { } after)
        {
            _ticks = new ProcessorTimes(_ticks.Busy + after.Busy - before.Busy, _ticks.All + after.All - before.All, after.Processors);
            _coreSeconds += seconds * after.Processors;
            _ownSeconds += own.TotalSeconds;
        }
    }

    /// <summary>What others took, never below nothing. Of ticks a share is taken, so that how long one is need not be known.</summary>
    internal static double? PercentOf(ProcessorTimes ticks, double ownSeconds, double coreSeconds) =>
        ticks.All < LeastTicks ? null : 100 * Math.Clamp(((double)ticks.Busy / ticks.All) - (ownSeconds / coreSeconds), 0, 1);
}
