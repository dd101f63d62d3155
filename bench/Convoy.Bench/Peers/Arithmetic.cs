using Convoy.Backends.Native;
using Convoy.Profiling;

namespace Convoy.Bench.Peers;

/// <summary>
/// Multiply-adds from registers on a team of threads like a session's: what the machine gains by more threads where nothing
/// but arithmetic is shared out. Of memory it needs no more than a place for a sum.
/// </summary>
internal sealed class Arithmetic(int threads) : IRangeJob, IDisposable
{
    /// <summary>Parts of a run: many, so that threads end together.</summary>
    public const int Items = 256;

    private const int IterationsPerItem = 125_000;
    private readonly ThreadTeam _team = new(threads);
    private float _sink;

    /// <summary>Computes all items once.</summary>
    public void Run() => _team.Run(this, Items, default);

    public void Execute(int thread, long first, long end)
    {
        for (long item = first; item < end; item++)
        {
            // Kept, so that the work is not optimised away.
            Volatile.Write(ref _sink, DevicePeaks.RunMultiplyAdds(IterationsPerItem));
        }
    }

    public void Dispose() => _team.Dispose();
}
