using System.Numerics;
using System.Runtime.InteropServices;

namespace Convoy.Memory;

/// <summary>
/// Packs buffers of known lifetimes into one arena: a pure function from lifetimes to offsets.
/// </summary>
/// <remarks>
/// The largest buffer goes first. Each next one goes into the smallest gap that holds it between the buffers already placed
/// that live at the same time, or, where no gap does, behind the last of them. This is "Greedy by Size for Offset
/// Calculation" of Y. Pisarchyk and J. Lee, "Efficient Memory Management for Deep Neural Net Inference", 2020,
/// arXiv:2001.03288; quadratic in the number of buffers, and at or near the lower bound on the networks they measured.
/// </remarks>
internal static class MemoryPlanner
{
    /// <summary>Gives every buffer an offset such that no two that live at the same step overlap.</summary>
    /// <param name="lifetimes">The buffers; equal input gives an equal plan.</param>
    /// <param name="alignment">What every offset is a multiple of, a power of two in bytes.</param>
    /// <exception cref="ArgumentException">A lifetime is impossible (its index is named), or the alignment is no power of two.</exception>
    public static MemoryPlan Plan(ReadOnlySpan<BufferLifetime> lifetimes, int alignment = 64)
    {
        Validate(lifetimes, alignment);

        var offsets = new long[lifetimes.Length];
        var placed = new List<Placement>(lifetimes.Length);
        long total = 0;
        foreach (int index in LargestFirst(lifetimes))
        {
            BufferLifetime lifetime = lifetimes[index];
            if (lifetime.Bytes == 0)
            {
                // It overlaps nothing wherever it lies, and as a placement it would split a gap in two.
                continue;
            }

            long offset = FindOffset(placed, lifetime, alignment);
            var placement = new Placement(offset, lifetime);
            int position = placed.FindIndex(other => other.Offset > offset);
            placed.Insert(position < 0 ? placed.Count : position, placement);
            offsets[index] = offset;
            total = Math.Max(total, placement.End);
        }

        return new MemoryPlan(ImmutableCollectionsMarshal.AsImmutableArray(offsets), total, LargestSumAlive(lifetimes));
    }

    private static void Validate(ReadOnlySpan<BufferLifetime> lifetimes, int alignment)
    {
        if (!BitOperations.IsPow2(alignment))
        {
            throw new ArgumentException($"The alignment is {alignment}; it must be a power of two.", nameof(alignment));
        }

        Int128 sum = 0;
        for (int index = 0; index < lifetimes.Length; index++)
        {
            (long bytes, int firstStep, int lastStep) = lifetimes[index];
            if (bytes < 0)
            {
                throw new ArgumentException($"lifetimes[{index}] has {bytes} bytes; a buffer has zero bytes or more.", nameof(lifetimes));
            }

            if (lastStep < firstStep)
            {
                throw new ArgumentException($"lifetimes[{index}] ends at step {lastStep}, before it begins at step {firstStep}.", nameof(lifetimes));
            }

            // No offset can exceed all aligned sizes together, so this one check keeps the arithmetic below in range.
            sum += (Int128)bytes + alignment;
            if (sum > long.MaxValue)
            {
                throw new ArgumentException($"lifetimes[{index}] brings the sizes together beyond {long.MaxValue:N0} bytes.", nameof(lifetimes));
            }
        }
    }

    private static int[] LargestFirst(ReadOnlySpan<BufferLifetime> lifetimes)
    {
        int[] order = [.. Enumerable.Range(0, lifetimes.Length)];
        BufferLifetime[] keys = lifetimes.ToArray();
        Array.Sort(order, (a, b) => keys[a].Bytes != keys[b].Bytes ? keys[b].Bytes.CompareTo(keys[a].Bytes) : a.CompareTo(b));
        return order;
    }

    private static long FindOffset(List<Placement> placed, BufferLifetime lifetime, int alignment)
    {
        long bestOffset = -1;
        long bestGap = long.MaxValue;
        long free = 0;
        foreach (Placement other in placed)
        {
            if (!other.LivesWith(lifetime))
            {
                continue;
            }

            long gap = other.Offset - free;
            if (gap >= lifetime.Bytes && gap < bestGap)
            {
                bestOffset = free;
                bestGap = gap;
            }

            free = Math.Max(free, AlignUp(other.End, alignment));
        }

        return bestOffset >= 0 ? bestOffset : free;
    }

    private static long LargestSumAlive(ReadOnlySpan<BufferLifetime> lifetimes)
    {
        // The sum changes only where a buffer begins or has just ended.
        var changes = new SortedDictionary<long, long>();
        foreach ((long bytes, int firstStep, int lastStep) in lifetimes)
        {
            long afterLastStep = (long)lastStep + 1;
            changes[firstStep] = changes.GetValueOrDefault(firstStep) + bytes;
            changes[afterLastStep] = changes.GetValueOrDefault(afterLastStep) - bytes;
        }

        long alive = 0;
        long largest = 0;
        foreach (long change in changes.Values)
        {
            alive += change;
            largest = Math.Max(largest, alive);
        }

        return largest;
    }

    private static long AlignUp(long value, int alignment) => (value + alignment - 1) & -alignment;

    private readonly record struct Placement(long Offset, BufferLifetime Lifetime)
    {
        public long End => Offset + Lifetime.Bytes;

        public bool LivesWith(BufferLifetime other) =>
            Lifetime.FirstStep <= other.LastStep && other.FirstStep <= Lifetime.LastStep;
    }
}
