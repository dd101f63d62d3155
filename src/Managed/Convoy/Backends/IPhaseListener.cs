using System.Diagnostics;

namespace Convoy.Backends;

/// <summary>What a stretch of time was spent on.</summary>
public enum Phase
{
    /// <summary>From the caller's memory to the device's.</summary>
    Upload,

    /// <summary>Arithmetic.</summary>
    Compute,

    /// <summary>From the device's memory to the caller's.</summary>
    Download,
}

/// <summary>
/// Hears what a run spends its time on, step by step. Without a listener a step pays a null check. Called on the thread that
/// runs, at the latest when the run ends.
/// </summary>
public interface IPhaseListener
{
    /// <summary>
    /// A phase ended; a step has one for each of its kernels. Times are nanoseconds on one clock of the device's, which never
    /// goes back. Phases of different queues may overlap.
    /// </summary>
    /// <param name="step">The step's index in the order the steps run; -1 for the way in and the way out.</param>
    /// <param name="phase">What the time was spent on.</param>
    /// <param name="kernel">The kernel's or the transfer's name; null where the backend has neither.</param>
    /// <param name="beginNanoseconds">When the phase began.</param>
    /// <param name="endNanoseconds">When it ended.</param>
    void OnPhase(int step, Phase phase, string? kernel, long beginNanoseconds, long endNanoseconds);
}

/// <summary>Times a phase on the host's clock, for backends whose steps run on the host.</summary>
internal readonly struct PhaseTimer
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private readonly IPhaseListener? _listener;
    private readonly int _step;
    private readonly long _begin;

    private PhaseTimer(IPhaseListener? listener, int step)
    {
        _listener = listener;
        _step = step;
        _begin = listener is null ? 0 : Now;
    }

    private static long Now => (long)((Int128)Stopwatch.GetTimestamp() * NanosecondsPerSecond / Stopwatch.Frequency);

    /// <summary>Begins to time, if anyone listens.</summary>
    public static PhaseTimer Start(in RegionContext context) => new(context.Listener, context.Region);

    /// <summary>Reports to the listener, if there is one.</summary>
    public void Stop(Phase phase) => _listener?.OnPhase(_step, phase, null, _begin, Now);
}
