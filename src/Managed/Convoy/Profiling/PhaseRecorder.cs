using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>Keeps what was reported of one batch.</summary>
internal sealed class PhaseRecorder : IPhaseListener
{
    /// <summary>The phases in the order they were reported, each with what the threads did meanwhile.</summary>
    public List<RecordedPhase> Phases { get; } = [];

    /// <summary>The batch's time by the wall clock, in milliseconds.</summary>
    public double WallMilliseconds { get; set; }

    /// <summary>The time that any of the phases covers, in milliseconds.</summary>
    public double BusyMilliseconds
    {
        get
        {
            long busy = 0;
            long covered = long.MinValue;
            foreach (RecordedPhase each in Phases.OrderBy(phase => phase.Span.BeginNanoseconds))
            {
                busy += Math.Max(0, each.Span.EndNanoseconds - Math.Max(covered, each.Span.BeginNanoseconds));
                covered = Math.Max(covered, each.Span.EndNanoseconds);
            }

            return busy / RecordedPhase.NanosecondsPerMillisecond;
        }
    }

    public bool CountsEvents { get; init; }

    public bool TimesOnHost { get; init; }

    public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads) => Phases.Add(new RecordedPhase(span, [.. threads]));
}

/// <summary>A phase with what the threads did.</summary>
internal sealed record RecordedPhase(PhaseSpan Span, ImmutableArray<ThreadSpan> Threads)
{
    public const double NanosecondsPerMillisecond = 1e6;

    /// <summary>The phase's name in its step, "" where a step has but one.</summary>
    public string Name => Span.Name ?? "";

    /// <summary>How long it took.</summary>
    public double Milliseconds => Between(Span.BeginNanoseconds, Span.EndNanoseconds);

    /// <summary>How long a thread worked, on what was its own share or not.</summary>
    public double MillisecondsOf(int thread, bool isStolen) => Threads
        .Where(each => each.Thread == thread && each.IsStolen == isStolen)
        .Sum(each => Between(each.BeginNanoseconds, each.EndNanoseconds));

    private static double Between(long begin, long end) => (end - begin) / NanosecondsPerMillisecond;
}
