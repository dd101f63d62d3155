using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Memory;

namespace Convoy.Profiling;

/// <summary>
/// How fast the host's memory is read at the moment: a short reading beside a measurement. On shared machines it is twice as fast
/// in one minute as in another, for reasons that lie outside of the machine: nothing else within a measurement tells that from a
/// change of the program. The memory read is of the kind that weights lie in, far larger than the caches, and another part of it
/// each time. The first reading takes a tenth of a second beside, to get that memory.
/// </summary>
public sealed class BandwidthProbe : IDisposable
{
    // The median of them counts, not the best: what competes for memory slows a run down in most moments, and leaves out a few.
    private const int Pieces = 8;

    // What a thread reads of each: a millisecond's worth.
    private const long PieceBytes = 16L << 20;

    private readonly Dictionary<int, ThreadTeam> _teams = [];
    private MeasuredMemory? _memory;
    private bool _isMissing;
    private long _round;

    /// <summary>Reads for a few milliseconds, up to ten.</summary>
    /// <param name="threads">Threads that read together; more than there are processors are not.</param>
    /// <returns>10^9 bytes a second, all threads together; null where the C library cannot be used, or the machine has too little memory, and once this is disposed of.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Less than one thread.</exception>
    public double? Read(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (_isMissing || !NativeLibraryState.IsAvailable)
        {
            return null;
        }

        try
        {
            ThreadTeam team = TeamOf(Math.Min(threads, Environment.ProcessorCount));
            return ReadPieces(team, _memory ??= MeasuredMemory.Beyond(ProcessorCaches.Current.LastLevel, team));
        }
        catch (Exception e) when (e is BackendException or OutOfNativeMemoryException)
        {
            _isMissing = true;
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ThreadTeam team in _teams.Values)
        {
            team.Dispose();
        }

        _teams.Clear();
        _memory?.Dispose();
        _memory = null;
        _isMissing = true;
    }

    private double ReadPieces(ThreadTeam team, MeasuredMemory memory)
    {
        long stride = MeasuredMemory.WholePages(memory.Bytes / team.Size);
        var job = new MeasuringJob(NativeMeasureKind.Read, team.Size) { Bytes = Math.Min(PieceBytes, stride), Stride = stride };
        // Not counted: behind a run, its threads are awake for another moment.
        ReadPiece();
        return Quantiles.Median(Enumerable.Range(0, Pieces).Select(_ => ReadPiece())) / 1e9;

        double ReadPiece()
        {
            job.Data = memory.Address + (nint)(_round++ % (stride / job.Bytes) * job.Bytes);
            return job.Run(team).Rate;
        }
    }

    /// <summary>Threads asleep until they are asked for.</summary>
    private ThreadTeam TeamOf(int size)
    {
        if (!_teams.TryGetValue(size, out ThreadTeam? team))
        {
            _teams[size] = team = new ThreadTeam(size);
        }

        return team;
    }
}
