using System.Diagnostics;

namespace Convoy.Backends;

/// <summary>Times a phase on the host's clock, for backends whose steps run on the host.</summary>
internal readonly ref struct PhaseTimer
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private readonly IPhaseListener? _listener;
    private readonly PhaseSpan _span;

    private PhaseTimer(in RegionContext context, Phase phase)
    {
        _listener = context.Listener;
        _span = _listener is null ? default : new PhaseSpan(context.Region, phase, null, Now, 0)
        {
            FirstImage = context.FirstImage,
            Images = context.Images,
        };
    }

    /// <summary>The host's clock, in nanoseconds.</summary>
    public static long Now => (long)((Int128)Stopwatch.GetTimestamp() * NanosecondsPerSecond / Stopwatch.Frequency);

    /// <summary>Whether anyone listens.</summary>
    public bool IsOn => _listener is not null;

    /// <summary>Begins to time, if anyone listens.</summary>
    public static PhaseTimer Start(in RegionContext context, Phase phase) => new(context, phase);

    /// <summary>Reports to the listener, if there is one.</summary>
    /// <param name="name">The phase's name, where a step has several.</param>
    /// <param name="work">What it did.</param>
    /// <param name="threads">What each thread did.</param>
    /// <param name="counts">The processor's events, where they were counted.</param>
    public void Stop(string? name = null, PhaseWork work = default, ReadOnlySpan<ThreadSpan> threads = default, EventCounts? counts = null) =>
        _listener?.OnPhase(_span with { Name = name, EndNanoseconds = Now, Work = work, Counts = counts }, threads);
}
