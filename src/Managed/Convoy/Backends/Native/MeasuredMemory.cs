using Convoy.Memory;

namespace Convoy.Backends.Native;

/// <summary>Memory for all threads, each part of it written first by the thread that probably reads it.</summary>
internal sealed class MeasuredMemory : IRangeJob, IDisposable
{
    // How far beyond the last-level cache it reaches, so that hardly anything of it is found there.
    private const int OfCache = 8;
    private const int LeastOfCache = 2;
    private const long LeastBytes = 128L << 20;
    private const long MostBytes = 1L << 30;
    private const int ShareOfMachine = 4;

    private const long PageBytes = 4096;

    private readonly NativeMemoryPool _pool = new(maxPooledBytes: 0);
    private readonly PooledBuffer<byte> _buffer;

    /// <param name="team">The threads.</param>
    /// <param name="stride">Bytes of each; whole pages.</param>
    public MeasuredMemory(ThreadTeam team, long stride)
    {
        Stride = stride;
        try
        {
            _buffer = _pool.Rent<byte>(stride * team.Size);
        }
        catch
        {
            _pool.Dispose();
            throw;
        }

        HugePages.Ask(_buffer.Address, stride * team.Size);
        team.Run(this, team.Size, default);
    }

    /// <summary>Where it begins.</summary>
    public nint Address => _buffer.Address;

    /// <summary>Bytes of a thread.</summary>
    public long Stride { get; }

    /// <summary>Bytes of all.</summary>
    public long Bytes => _buffer.Length;

    /// <summary>Memory so large that of a last-level cache hardly anything helps.</summary>
    /// <exception cref="BackendException">The machine has too little for that.</exception>
    public static MeasuredMemory Beyond(long cacheBytes, ThreadTeam team)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / ShareOfMachine;
        long total = Math.Min(Math.Clamp(cacheBytes * OfCache, LeastBytes, MostBytes), available);
        return total >= LeastOfCache * cacheBytes
            ? new MeasuredMemory(team, WholePages(total / team.Size))
            : throw new BackendException($"Of this machine's memory, {total:N0} bytes would be used, which is not far beyond its last-level cache of {cacheBytes:N0}.");
    }

    /// <summary>The largest number of bytes up to this one that is whole pages.</summary>
    public static long WholePages(long bytes) => bytes / PageBytes * PageBytes;

    public unsafe void Execute(int thread, long first, long end)
    {
        for (long item = first; item < end; item++)
        {
            new Span<byte>((void*)(_buffer.Address + (nint)(item * Stride)), checked((int)Stride)).Fill(1);
        }
    }

    public void Dispose()
    {
        _buffer.Dispose();
        _pool.Dispose();
    }
}
