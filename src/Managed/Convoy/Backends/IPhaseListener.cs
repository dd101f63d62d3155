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

/// <summary>Hears how long the phases of steps take. Steps without a listener pay a null check.</summary>
public interface IPhaseListener
{
    /// <summary>A phase of the current step ended. Times are nanoseconds on one clock that never goes back.</summary>
    void OnPhase(Phase phase, long beginNanoseconds, long endNanoseconds);
}

/// <summary>Times a phase on the host's clock, for backends whose steps run on the host.</summary>
public readonly struct PhaseTimer
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private readonly IPhaseListener? _listener;
    private readonly long _begin;

    private PhaseTimer(IPhaseListener? listener)
    {
        _listener = listener;
        _begin = listener is null ? 0 : Now;
    }

    private static long Now => (long)((Int128)Stopwatch.GetTimestamp() * NanosecondsPerSecond / Stopwatch.Frequency);

    /// <summary>Begins to time, if anyone listens.</summary>
    public static PhaseTimer Start(IPhaseListener? listener) => new(listener);

    /// <summary>Tells the listener, if there is one.</summary>
    public void Stop(Phase phase) => _listener?.OnPhase(phase, _begin, Now);
}
