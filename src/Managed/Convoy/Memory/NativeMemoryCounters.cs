namespace Convoy.Memory;

/// <summary>
/// What the process holds in native memory through <see cref="NativeBuffer{T}"/> and <see cref="NativeMemoryPool"/>.
/// Blocks a pool keeps for later count as live: they are still allocated. Of the blocks there are leak counters, which tests
/// hold to what they were after every fixture.
/// </summary>
internal static class NativeMemoryCounters
{
    private static long _liveBytes;
    private static long _liveBuffers;
    private static long _leakedBuffers;

    /// <summary>Bytes allocated and not yet freed.</summary>
    public static long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>Blocks allocated and not yet freed.</summary>
    public static long LiveBuffers => Interlocked.Read(ref _liveBuffers);

    /// <summary>Blocks that nobody disposed, freed by the garbage collector since the process began.</summary>
    public static long LeakedBuffers => Interlocked.Read(ref _leakedBuffers);

    internal static void CountAllocated(long bytes)
    {
        Interlocked.Add(ref _liveBytes, bytes);
        Interlocked.Increment(ref _liveBuffers);
    }

    internal static void CountFreed(long bytes)
    {
        Interlocked.Add(ref _liveBytes, -bytes);
        Interlocked.Decrement(ref _liveBuffers);
    }

    internal static void CountLeaked() => Interlocked.Increment(ref _leakedBuffers);
}
