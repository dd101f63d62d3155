using Convoy.Memory;

namespace Convoy.Tests.Support;

/// <summary>What the library held in native memory at one moment, the shared pool's stock left out.</summary>
public readonly record struct NativeMemorySnapshot(long LiveBuffers, long LiveBytes, long LeakedBuffers)
{
    public static NativeMemorySnapshot Take()
    {
        NativeMemoryPool.Shared.Trim();
        return new NativeMemorySnapshot(
            NativeMemoryCounters.LiveBuffers,
            NativeMemoryCounters.LiveBytes,
            NativeMemoryCounters.LeakedBuffers);
    }

    /// <summary>A sentence on the buffers left over since <paramref name="before"/>, or null if there are none.</summary>
    public string? DescribeLeakSince(NativeMemorySnapshot before)
    {
        long undisposed = LiveBuffers - before.LiveBuffers;
        if (undisposed > 0)
        {
            return $"Native memory leaked: {undisposed} more buffer(s), {LiveBytes - before.LiveBytes:N0} bytes, live than before; dispose them.";
        }

        long finalized = LeakedBuffers - before.LeakedBuffers;
        return finalized > 0
            ? $"Native memory leaked: the garbage collector had to free {finalized} buffer(s) that nobody disposed."
            : null;
    }
}
