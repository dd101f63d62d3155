using System.Diagnostics;

namespace Convoy.Backends.Native;

/// <summary>An item for each thread: the same amount of work for all, which they begin together.</summary>
internal sealed class MeasuringJob(NativeMeasureKind kind, int threads) : IRangeJob
{
    // A round that was shorter tells more of the clock than of the machine.
    private const double LeastSeconds = 20e-6;

    private readonly (long Begin, long End, ulong Amount)[] _done = new (long, long, ulong)[threads];
    private readonly Gathering _gathering = new(threads);

    /// <summary>Where the first thread's memory begins.</summary>
    public nint Data { get; set; }

    /// <summary>Bytes that each thread reads.</summary>
    public long Bytes { get; set; }

    /// <summary>Bytes from one thread's memory to the next one's.</summary>
    public long Stride { get; set; }

    /// <summary>How often each thread does the same.</summary>
    public long Repeats { get; set; } = 1;

    /// <summary>From the first thread's begin to the last one's end.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_done.Min(each => each.Begin), _done.Max(each => each.End)).TotalSeconds;

    /// <summary>Does the work once; returns how much a second was done, and whether a thread was missing.</summary>
    public (double Rate, bool IsDisturbed) Run(ThreadTeam team)
    {
        _gathering.Begin();
        team.Run(this, threads, default);
        double seconds = Seconds;
        return (_done.Sum(each => (double)each.Amount) / seconds, !_gathering.IsComplete || seconds < LeastSeconds);
    }

    public void Execute(int thread, long first, long end)
    {
        _gathering.Execute(thread, first, end);
        for (long item = first; item < end; item++)
        {
            long begin = Stopwatch.GetTimestamp();
            NativeMethods.Measure(kind, InstructionSet.Auto, Data + (nint)(item * Stride), (ulong)Bytes, Repeats, out ulong amount, out _)
                .ThrowIfFailed("measure", kind.ToString());
            _done[item] = (begin, Stopwatch.GetTimestamp(), amount);
        }
    }
}
