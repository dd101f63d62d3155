using System.Runtime.InteropServices;

namespace Convoy.Backends.Native;

/// <summary>What each thread of a team did during a job. One job at a time; each thread adds to a list of its own.</summary>
internal sealed class WorkRecord
{
    private readonly List<List<ThreadSpan>> _threads = [];
    private readonly List<ThreadSpan> _spans = [];
    private readonly List<EventCounts?> _counts = [];

    /// <summary>Which of the processor's events to count; null where none.</summary>
    public CountedEvents? Events { get; set; }

    /// <summary>The events of all threads that worked, once the job is done; null where none could be counted.</summary>
    public EventCounts? Counts
    {
        get
        {
            EventCounts? sum = null;
            foreach (EventCounts? each in _counts)
            {
                sum = sum is null || each is null ? sum ?? each : sum + each;
            }

            return sum is { Cycles: null, Instructions: null, CacheMisses: null } ? null : sum;
        }
    }

    /// <summary>Begins anew, for so many threads.</summary>
    public void Begin(int threads)
    {
        while (_threads.Count < threads)
        {
            _threads.Add([]);
            _counts.Add(null);
        }

        _threads.ForEach(spans => spans.Clear());
        CollectionsMarshal.AsSpan(_counts).Clear();
    }

    /// <summary>A thread has worked from a point in time until now. What follows work of the same kind continues it.</summary>
    public void Add(int thread, long beginNanoseconds, bool isStolen)
    {
        List<ThreadSpan> spans = _threads[thread];
        long end = PhaseTimer.Now;
        if (spans.Count > 0 && spans[^1].IsStolen == isStolen)
        {
            spans[^1] = spans[^1] with { EndNanoseconds = end };
        }
        else
        {
            spans.Add(new ThreadSpan(thread, beginNanoseconds, end, isStolen));
        }
    }

    /// <summary>A thread's events since it joined.</summary>
    public void Count(int thread, EventCounts counts) => _counts[thread] = counts;

    /// <summary>All threads' spans, once the job is done; they last until the next one begins.</summary>
    public ReadOnlySpan<ThreadSpan> Take()
    {
        _spans.Clear();
        _threads.ForEach(_spans.AddRange);
        return CollectionsMarshal.AsSpan(_spans);
    }
}
