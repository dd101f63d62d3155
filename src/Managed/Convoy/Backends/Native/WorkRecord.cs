namespace Convoy.Backends.Native;

/// <summary>What each thread of a team did during a job. One job at a time; each thread adds to a list of its own.</summary>
internal sealed class WorkRecord
{
    private readonly List<List<ThreadSpan>> _threads = [];
    private readonly List<ThreadSpan> _spans = [];

    /// <summary>Begins anew, for so many threads.</summary>
    public void Begin(int threads)
    {
        while (_threads.Count < threads)
        {
            _threads.Add([]);
        }

        _threads.ForEach(spans => spans.Clear());
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

    /// <summary>All threads' spans, once the job is done; they last until the next one begins.</summary>
    public ReadOnlySpan<ThreadSpan> Take()
    {
        _spans.Clear();
        _threads.ForEach(_spans.AddRange);
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_spans);
    }
}
