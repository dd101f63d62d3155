using System.Numerics;

namespace Convoy.Memory;

/// <summary>
/// The block sizes a pool hands out. Coarse enough that a block returned by one layer fits the next request of about its
/// size, fine enough to waste little: four sizes for each power of two, so at most a quarter of what was asked for.
/// </summary>
internal static class SizeClass
{
    private const long SmallestStep = 64;
    private const long LargestStep = 1L << 20;

    /// <summary>Up to here steps of 64 bytes are wider than a quarter of the size.</summary>
    private const long FineFromBytes = 4 * SmallestStep;

    /// <summary>Above this every multiple of 1 MiB is a size of its own: a quarter would be too much to waste.</summary>
    private const long CoarseUpToBytes = 64L << 20;

    /// <summary>The smallest block size that holds <paramref name="bytes"/> bytes (zero or more).</summary>
    public static long RoundUp(long bytes)
    {
        long step = bytes switch
        {
            <= FineFromBytes => SmallestStep,
            > CoarseUpToBytes => LargestStep,
            _ => (long)BitOperations.RoundUpToPowerOf2((ulong)bytes) / 8,
        };
        return Math.Max(SmallestStep, (bytes + step - 1) / step * step);
    }
}
