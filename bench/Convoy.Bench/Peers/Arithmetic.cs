using Convoy.Backends;
using Convoy.Backends.Native;

namespace Convoy.Bench.Peers;

/// <summary>
/// Multiply-adds from registers on a team of threads like a session's: what the machine gains by more threads where nothing
/// but arithmetic is shared out.
/// </summary>
internal sealed class Arithmetic(int threads) : IRangeJob, IDisposable
{
    /// <summary>Parts of a run: many, so that threads end together.</summary>
    public const int Items = 256;

    private const int RepeatsPerItem = 125_000;
    private readonly ThreadTeam _team = new(threads);

    /// <summary>Computes all items once.</summary>
    public void Run() => _team.Run(this, Items, default);

    public void Execute(int thread, long first, long end)
    {
        for (long item = first; item < end; item++)
        {
            NativeMethods.Measure(NativeMeasureKind.MultiplyAdds, InstructionSet.Auto, 0, 0, RepeatsPerItem, out _, out _)
                .ThrowIfFailed("measure", "arithmetic");
        }
    }

    public void Dispose() => _team.Dispose();
}
