using Convoy.Memory;
using CsCheck;

namespace Convoy.Tests.Memory;

public sealed class MemoryPlannerTests
{
    private static readonly Gen<BufferLifetime> AnyLifetime =
        Gen.Select(
            Gen.Frequency((1, Gen.Const(0L)), (4, Gen.Long[1, 300]), (4, Gen.Long[1, 1L << 40])),
            Gen.Int[-5, 20],
            Gen.Int[0, 8],
            (bytes, first, steps) => new BufferLifetime(bytes, first, first + steps));

    private static readonly Gen<int> AnyAlignment = Gen.Int[0, 12].Select(log => 1 << log);

    [Test]
    public void Buffers_alive_together_never_overlap_and_lie_aligned_within_the_arena()
    {
        Gen.Select(AnyLifetime.Array[0, 40], AnyAlignment).Sample((lifetimes, alignment) =>
        {
            MemoryPlan plan = MemoryPlanner.Plan(lifetimes, alignment);
            return plan.Offsets.Length == lifetimes.Length
                && plan.Offsets.All(offset => offset >= 0 && offset % alignment == 0)
                && plan.TotalBytes == lifetimes.Select((lifetime, i) => plan.Offsets[i] + lifetime.Bytes).DefaultIfEmpty().Max()
                && plan.TotalBytes >= plan.LowerBoundBytes
                && !Clashes(lifetimes, plan.Offsets);
        });
    }

    [Test]
    public void The_lower_bound_is_the_largest_sum_of_bytes_alive_at_one_step()
    {
        AnyLifetime.Array[0, 20].Sample(lifetimes =>
        {
            long expected = Enumerable.Range(-5, 40)
                .Max(step => lifetimes.Where(l => l.FirstStep <= step && step <= l.LastStep).Sum(l => l.Bytes));
            return MemoryPlanner.Plan(lifetimes).LowerBoundBytes == expected;
        });
    }

    [Test]
    public void A_chain_of_equal_buffers_needs_exactly_two()
    {
        Gen.Select(Gen.Int[2, 50], Gen.Long[1, 1 << 20], AnyAlignment).Sample((count, bytes, alignment) =>
        {
            BufferLifetime[] chain = [.. Enumerable.Range(0, count).Select(step => new BufferLifetime(bytes, step, step + 1))];
            long second = (bytes + alignment - 1) / alignment * alignment;
            return MemoryPlanner.Plan(chain, alignment).TotalBytes == second + bytes;
        });
    }

    [TestCase(1)]
    [TestCase(64)]
    public void AlexNets_chain_of_feature_maps_takes_no_more_than_its_lower_bound(int batch)
    {
        int[] featureMaps =
        [
            227 * 227 * 3, 55 * 55 * 96, 27 * 27 * 96, 27 * 27 * 256, 13 * 13 * 256, 13 * 13 * 384, 13 * 13 * 384,
            13 * 13 * 256, 6 * 6 * 256, 4096, 4096, 1000,
        ];
        BufferLifetime[] chain = [.. featureMaps.Select((elements, step) => new BufferLifetime(4L * batch * elements, step, step + 1))];

        MemoryPlan plan = MemoryPlanner.Plan(chain, alignment: 4);

        Assert.That(plan.LowerBoundBytes, Is.EqualTo(4L * batch * ((227 * 227 * 3) + (55 * 55 * 96))));
        Assert.That(plan.TotalBytes, Is.EqualTo(plan.LowerBoundBytes));
    }

    [Test]
    public void A_buffer_goes_into_the_smallest_gap_that_holds_it()
    {
        BufferLifetime[] lifetimes =
        [
            new(1024, 0, 0), // leaves a gap of 1024 at 0 for step 1
            new(512, 0, 1),
            new(256, 0, 0), // leaves a gap of 256 at 1536
            new(128, 0, 1),
            new(64, 1, 1),
        ];

        Assert.That(MemoryPlanner.Plan(lifetimes).Offsets, Is.EqualTo(new long[] { 0, 1024, 1536, 1792, 1536 }));
    }

    [Test]
    public void Empty_buffers_and_no_buffers_take_nothing()
    {
        Assert.That(MemoryPlanner.Plan([]).TotalBytes, Is.Zero);
        Assert.That(MemoryPlanner.Plan([new(0, 0, 5), new(0, 0, 5)]).TotalBytes, Is.Zero);
        Assert.That(MemoryPlanner.Plan([new(64, 0, 5), new(0, 0, 5), new(64, 5, 5)]).TotalBytes, Is.EqualTo(128));
    }

    [Test]
    public void The_last_step_counts_even_where_it_is_the_largest_number()
    {
        MemoryPlan plan = MemoryPlanner.Plan([new(64, 0, int.MaxValue), new(64, int.MaxValue, int.MaxValue), new(64, int.MinValue, -1)]);

        Assert.That((plan.TotalBytes, plan.LowerBoundBytes), Is.EqualTo((128L, 128L)));
    }

    [Test]
    public void Impossible_lifetimes_are_refused_by_index()
    {
        BufferLifetime good = new(1, 0, 0);

        Assert.That(() => MemoryPlanner.Plan([good, new(-1, 0, 0)]), Throws.ArgumentException.With.Message.Contains("lifetimes[1] has -1 bytes"));
        Assert.That(() => MemoryPlanner.Plan([good, good, new(1, 3, 2)]), Throws.ArgumentException.With.Message.Contains("lifetimes[2] ends at step 2"));
        Assert.That(() => MemoryPlanner.Plan([good, new(long.MaxValue, 0, 0)]), Throws.ArgumentException.With.Message.Contains("lifetimes[1]"));
    }

    [TestCase(0)]
    [TestCase(-64)]
    [TestCase(48)]
    public void An_alignment_that_is_no_power_of_two_is_refused(int alignment)
    {
        Assert.That(() => MemoryPlanner.Plan([], alignment), Throws.ArgumentException.With.Message.Contains($"{alignment}"));
    }

    private static bool Clashes(BufferLifetime[] lifetimes, IReadOnlyList<long> offsets)
    {
        for (int a = 0; a < lifetimes.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                bool together = lifetimes[a].FirstStep <= lifetimes[b].LastStep && lifetimes[b].FirstStep <= lifetimes[a].LastStep;
                bool overlap = offsets[a] < offsets[b] + lifetimes[b].Bytes && offsets[b] < offsets[a] + lifetimes[a].Bytes;
                if (together && overlap && lifetimes[a].Bytes > 0 && lifetimes[b].Bytes > 0)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
