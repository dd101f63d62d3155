
namespace Convoy.Tests.Runtime;

/// <summary>Where a batch's values lie: what shares memory, what gathers, and what each lasts for.</summary>
public sealed class ArenaLayoutTests
{
    private const int Image = 64;

    [Test]
    public void Values_that_live_at_different_times_share_memory()
    {
        ArenaLayout layout = Plan(8, [1, 1, 1, 1, 1], Region(8, 0), Region(8, 1), Region(8, 2), Region(8, 3));
        Assert.That(layout.Sweeps, Is.EqualTo(new[] { new Sweep(0, 4, 8) }));
        Assert.That(layout.Bytes, Is.EqualTo(2 * 8 * Image), "a region's input and output");
        Assert.That(layout.EntryImages, Is.EqualTo(8));
    }

    [Test]
    public void A_sweep_s_values_have_room_for_a_micro_batch_and_what_leaves_it_for_all()
    {
        ArenaLayout layout = Plan(8, [10, 20, 1, 3], Region(2, 0), Region(2, 1), Region(8, 2));
        Assert.That(layout.Sweeps, Is.EqualTo(new[] { new Sweep(0, 2, 2), new Sweep(2, 3, 8) }));
        Assert.That(layout.EntryImages, Is.EqualTo(2));
        Assert.That(layout.Values.Select(value => value.ImageStride), Is.EqualTo(new[] { 0, 0, Image, 3 * Image }));
        Assert.That(layout.Bytes, Is.EqualTo(((2 * (10 + 20)) + (8 * 1)) * Image), "what gathers is there from the first micro-batch on");
    }

    [Test]
    public void A_value_read_in_two_sweeps_and_an_input_read_later_are_kept_whole()
    {
        ArenaLayout layout = Plan(6, [1, 1, 1, 1], Region(2, 0), Region(2, 1), Region(6, 1, 2, 0));
        Assert.That(layout.Values.Select(value => value.ImageStride), Is.EqualTo(new[] { Image, Image, Image, Image }));
        Assert.That(layout.EntryImages, Is.EqualTo(6), "all images enter at once");
        Assert.That(layout.Bytes, Is.EqualTo(4 * 6 * Image));
    }

    [Test]
    public void What_a_later_sweep_reads_part_by_part_lasts_until_its_end()
    {
        // Value 1 is read by the sweep's first region only, but once for each micro-batch: value 3 may not lie there.
        ArenaLayout layout = Plan(4, [1, 1, 1, 1], Region(4, 0), Region(1, 1), Region(1, 2));
        long[] offsets = [.. layout.Values.Select(value => value.Offset)];
        Assert.That(offsets[3] + (4 * Image) <= offsets[1] || offsets[1] + (4 * Image) <= offsets[3]);
    }

    [Test]
    public void Several_outputs_last_to_the_end_and_a_workspace_as_long_as_its_region()
    {
        ArenaLayout layout = ArenaLayout.Plan([Region(2, 0) with { Output = 1 }, Region(2, 1) with { Output = 2, WorkspaceBytes = 3 * Image }], [Image, Image, Image], [1, 2], 2);
        Assert.That(layout.Bytes, Is.EqualTo(((2 * 2) + 3) * Image), "the workspace lies where the input was, and beyond");
        Assert.That(layout.Values[1].Offset, Is.Not.EqualTo(layout.Values[2].Offset));
    }

    [Test]
    public void Micro_batches_are_no_larger_than_the_batch_and_no_regions_need_no_sweeps()
    {
        Assert.That(Plan(3, [1, 1], Region(64, 0)).Sweeps, Is.EqualTo(new[] { new Sweep(0, 1, 3) }));
        ArenaLayout nothing = ArenaLayout.Plan([], [Image], [0], 5);
        Assert.That((nothing.Sweeps.Length, nothing.Bytes, nothing.EntryImages), Is.EqualTo((0, 5L * Image, 5)));
    }

    [Test]
    public void A_value_that_several_regions_write_lasts_from_the_first_of_them_on()
    {
        // Value 2 is written in parts by the regions 1 and 3; value 3 is read by the region between them.
        ArenaLayout layout = Plan(4, [1, 1, 2, 1, 1], Region(4, 0), Region(4, 1) with { Output = 2 }, Region(4, 1) with { Output = 3 }, Region(4, 3) with { Output = 2 }, Region(4, 2) with { Output = 4 });
        long[] offsets = [.. layout.Values.Select(value => value.Offset)];
        Assert.That(offsets[3] + (4 * Image) <= offsets[2] || offsets[2] + (2 * 4 * Image) <= offsets[3]);
        Assert.That(offsets[1] + (4 * Image) <= offsets[2] || offsets[2] + (2 * 4 * Image) <= offsets[1]);
    }

    [Test]
    public void A_value_written_in_two_sweeps_is_kept_whole()
    {
        ArenaLayout layout = Plan(4, [1, 1, 2, 1], Region(4, 0), Region(2, 1) with { Output = 2 }, Region(4, 1) with { Output = 2 }, Region(4, 2) with { Output = 3 });
        Assert.That(layout.Values[2].ImageStride, Is.EqualTo(2 * Image));
    }

    /// <summary>A region that writes a value of its own, where no other is said.</summary>
    private static RegionNeeds Region(int microBatch, params int[] inputs) => new([.. inputs], 0, microBatch, 0);

    private static ArenaLayout Plan(int batch, int[] sizes, params RegionNeeds[] regions) =>
        ArenaLayout.Plan([.. regions.Select((region, i) => region with { Output = region.Output > 0 ? region.Output : i + 1 })], [.. sizes.Select(size => (long)size * Image)], [sizes.Length - 1], batch);
}
