using System.Diagnostics;

namespace Convoy.Backends.Native;

/// <summary>An item for each thread, which is done once all have one: else the first would do all of them before the others come.</summary>
internal sealed class Gathering(int threads) : IRangeJob
{
    // One that another program keeps from its processor mostly has it back by then.
    private static readonly long Patience = Stopwatch.Frequency * 3 / 1_000;

    private int _arrived;
    private int _late;

    /// <summary>Whether every thread has waited for all the others.</summary>
    public bool IsComplete => _late == 0;

    /// <summary>Forgets the last time.</summary>
    public void Begin() => (_arrived, _late) = (0, 0);

    public void Execute(int thread, long first, long end)
    {
        int arrived = Interlocked.Add(ref _arrived, (int)(end - first));
        for (long begin = Stopwatch.GetTimestamp(); arrived < threads && Stopwatch.GetTimestamp() - begin < Patience; arrived = Volatile.Read(ref _arrived))
        {
            // Awake, as the team itself waits.
        }

        if (arrived < threads)
        {
            Volatile.Write(ref _late, 1);
        }
    }
}
