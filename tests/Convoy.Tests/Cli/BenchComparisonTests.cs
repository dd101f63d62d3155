using Convoy.Cli.Commands;
using Convoy.Cli.Reports;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>When a bench calls something faster or slower, and what its rows say together: made-up numbers.</summary>
public sealed class BenchComparisonTests
{
    private const int Slices = 10;
    private const int Trials = 1000;

    /// <summary>What the noise of a shared machine looks like: how far a whole run may be off, and how much slower its slices become by turns.</summary>
    private static readonly (double Process, double Wander, double Memory)[] Noises =
    [
        (0, 0.01, 0), (0.01, 0.02, 0.5), (0.015, 0.05, 0.8), (0.015, 0.1, 0.8), (0.02, 0.01, 0.9),
    ];

    [Test]
    public void Runs_of_one_binary_do_not_differ_nine_times_of_ten([ValueSource(nameof(Noises))] (double Process, double Wander, double Memory) noise)
    {
        var random = new Random(1);
        int told = Enumerable.Range(0, Trials).Count(_ => Compare(random, noise, 1) != Change.NoDifference);
        TestContext.Out.WriteLine($"{told} of {Trials}");
        Assert.That(told, Is.LessThanOrEqualTo(Trials / 10));
    }

    [Test]
    public void A_change_of_a_tenth_is_found_where_the_machine_is_quiet([Values(1.1, 1 / 1.1)] double factor)
    {
        var random = new Random(2);
        Change expected = factor > 1 ? Change.Slower : Change.Faster;
        int found = Enumerable.Range(0, Trials).Count(_ => Compare(random, Noises[1], factor) == expected);
        TestContext.Out.WriteLine($"{found} of {Trials}");
        Assert.That(found, Is.GreaterThan(Trials * 9 / 10));
    }

    [TestCase(new[] { 10.0 }, new[] { 10.4 }, nameof(Change.NoDifference))]
    [TestCase(new[] { 10.0 }, new[] { 10.6 }, nameof(Change.Slower))]
    [TestCase(new[] { 10.6 }, new[] { 10.0 }, nameof(Change.Faster))]
    [TestCase(new[] { 10.0, 10, 10, 10, 10 }, new[] { 11.0, 11, 11, 11, 10.4 }, nameof(Change.NoDifference), Description = "the fastest slice is as fast")]
    [TestCase(new[] { 10.0, 10, 10, 10, 10 }, new[] { 11.0, 11, 11, 11, 99 }, nameof(Change.Slower), Description = "the slowest tells nothing")]
    [TestCase(new[] { 0.1, 0.1, 0.1 }, new[] { 3.0, 12, 40 }, nameof(Change.Slower), Description = "a busy machine hides no change by a factor")]
    [TestCase(new[] { 10.0, 11, 12, 13, 14 }, new[] { 11.0, 12.1, 13.2, 14.3, 15.4 }, nameof(Change.NoDifference), Description = "within the spread")]
    [TestCase(new[] { 10.0, 10, 10, 10.9, 11 }, new[] { 11.0, 11, 11, 11, 11.1 }, nameof(Change.Slower), Description = "some of the earlier were as slow, which were disturbed")]
    public void A_difference_is_told_where_all_but_the_slowest_slices_agree(double[] before, double[] after, string expected)
    {
        Assert.That($"{SpreadComparison.Compare(Spread.Of(before), before.Length, Spread.Of(after), after.Length).Change}", Is.EqualTo(expected));
    }

    [Test]
    public void Combinations_are_found_by_all_that_tells_them_apart_and_the_rest_is_named()
    {
        BenchResult[] now = [Result(8, 10), Result(64, 10), Result(8, 10) with { Precision = "fp16" }, Result(8, 10) with { Threads = 2 }];
        BenchResult[] before =
        [
            Result(8, 9.1) with { SliceMilliseconds = [9.1, 9.09, 9.11, 9.1], ImagesPerSecond = 880 }, Result(8, 10) with { Threads = 2, DeviceName = "that one" },
            Result(16, 20), Result(8, 10) with { Model = "other", Precision = "fp16" },
        ];
        var (results, notes) = BenchComparison.Compare(now, before, "old.json");
        Assert.That(results.Select(each => each.Comparison?.Change), Is.EqualTo(new Change?[] { Change.Slower, null, null, Change.NoDifference }));
        Assert.That(ChangeNames.Of(results[0].Comparison!), Is.EqualTo("slower by 9.0 %"));
        Assert.That(results[0].Comparison!.ImagesPerSecond, Is.EqualTo(880));
        Assert.That(notes, Is.EqualTo(new[]
        {
            "'native' was another device in old.json: that one.",
            "old.json has nothing to compare with 'm, native, fp32, 1 thread, batch 64'.",
            "old.json has nothing to compare with 'm, native, fp16, 1 thread, batch 8'.",
            "'m, native, fp32, 1 thread, batch 16' was measured in old.json and not now.",
            "'other, native, fp16, 1 thread, batch 8' was measured in old.json and not now.",
            "Measured too briefly to compare, in fewer than 4 slices now or in old.json: 'm, native, fp32, 1 thread, batch 8', 'm, native, fp32, 2 threads, batch 8'; measure for longer (--seconds, --iterations).",
        }));
    }

    // AlexNet's batch of one on two cores, whose memory is read at 58 GB/s in one hour and at 35 in another.
    [TestCase(7.45, 58, 9.4, 35, 0.282, "no difference (memory speed)", -30.0, "that")]
    [TestCase(9.4, 35, 7.45, 58, 0.282, "no difference (memory speed)", 42.9, "that")]
    [TestCase(7.45, 58, 11.5, 35, 0.282, "slower by 35.2 %", -30.0, "a part of it", Description = "more than its bytes of memory take longer")]
    [TestCase(11.5, 35, 7.45, 58, 0.282, "faster by 54.4 %", 42.9, "a part of it")]
    [TestCase(7.45, 58, 9.4, 35, 0.05, "slower by 20.7 %", -7.1, "a part of it", Description = "hardly any bytes come from memory")]
    [TestCase(7.45, 58, 13.5, 35, 9, "slower by 44.8 %", -39.7, "a part of it", Description = "more than memory itself became slower")]
    [TestCase(7.45, 58, 12.3, 35, 9, "no difference (memory speed)", -39.7, "that")]
    [TestCase(9.4, 58, 8.2, 35, 0.282, "faster by 14.6 %", null, null, Description = "faster in spite of slower memory")]
    [TestCase(7.45, 36, 9.4, 35, 0.282, "slower by 20.7 %", null, null, Description = "memory was as fast")]
    [TestCase(7.45, 58, 7.5, 35, 0.282, "no difference", null, null)]
    public void What_the_machines_memory_explains_is_no_difference(
        double before, double memoryBefore, double now, double memoryNow, double gigaBytes, string verdict, double? machinePercent, string? part)
    {
        BenchResult earlier = Streamed(before, memoryBefore), result = Streamed(now, memoryNow);
        var (results, notes) = BenchComparison.Compare([result], [earlier], "old.json");
        SpeedChange comparison = results.Single().Comparison!;
        Assert.That(ChangeNames.Of(comparison), Is.EqualTo(verdict));
        Assert.That(comparison.MachinePercent, machinePercent is null ? Is.Null : Is.EqualTo(machinePercent).Within(0.1));
        Assert.That(comparison.ChangePercent, Is.EqualTo(100 * ((before / now) - 1)).Within(1e-9), "what was measured stays");
        Assert.That(notes, machinePercent is null ? Is.Empty : Is.EqualTo(new[]
        {
            FormattableString.Invariant($"'m, native, fp32, 1 thread, batch 1' changed by {comparison.ChangePercent:F1} %, and the machine explains {part}, up to {machinePercent:F1} %: its memory was read at {memoryBefore:F1} GB/s in old.json, and at {memoryNow:F1} now."),
        }));
        foreach (BenchResult without in new[] { earlier with { MemoryGigaBytesPerSecond = [] }, earlier with { MemoryGigaBytes = null } })
        {
            Assert.That(BenchComparison.Compare([result with { MemoryGigaBytes = null }], [without], "old.json").Results[0].Comparison!.MachinePercent, Is.Null, "nobody read it");
        }

        BenchResult Streamed(double milliseconds, double rate) => Result(1, milliseconds) with
        {
            SliceMilliseconds = [.. Enumerable.Repeat(milliseconds, Slices)],
            MemoryGigaBytesPerSecond = [.. Enumerable.Repeat(rate, Slices)],
            MemoryGigaBytes = gigaBytes,
        };
    }

    [Test]
    public void Memory_that_was_as_fast_in_most_of_the_slices_explains_nothing()
    {
        double[] mixed = [58, 35, 58, 35, 58, 58, 58, 35];
        BenchResult earlier = Result(1, 7.45) with { SliceMilliseconds = [.. mixed.Select(_ => 7.45)], MemoryGigaBytesPerSecond = [.. mixed.Select(_ => 58.0)], MemoryGigaBytes = 0.282 };
        BenchResult now = Result(1, 9.4) with { SliceMilliseconds = [.. mixed.Select(_ => 9.4)], MemoryGigaBytesPerSecond = [.. mixed], MemoryGigaBytes = 0.282 };
        Assert.That(ChangeNames.Of(BenchComparison.Compare([now], [earlier], "old.json").Results[0].Comparison!), Is.EqualTo("slower by 20.7 %"));
    }

    [Test]
    public void Many_that_were_measured_briefly_are_counted()
    {
        BenchResult[] results = [.. Enumerable.Range(1, 5).Select(batch => Result(batch, 10))];
        Assert.That(BenchComparison.Compare(results, results, "old.json").Notes.Single(), Does.Contain("batch 3' and 2 more; measure"));
        BenchResult longer = results[0] with { SliceMilliseconds = [10, 10, 10, 10] };
        Assert.That(BenchComparison.Compare([longer], [longer], "old.json").Notes, Is.Empty);
        Assert.That(BenchComparison.Compare([longer], [results[0]], "old.json").Notes, Has.Length.EqualTo(1));
    }

    [Test]
    public void A_combination_is_named_as_its_result_is()
    {
        BenchCombination combination = new(Device.Native, new SessionOptions { BatchSize = 1024, Threads = 2, WeightPrecision = WeightPrecision.Float16 });
        var key = new BenchKey("m", "native", "fp16", 1024, 2);
        Assert.That($"m, {combination}", Is.EqualTo("m, native, fp16, 2 threads, batch 1,024").And.EqualTo(key.ToString()));
        Assert.That($"{new BenchCombination(Device.Reference, new SessionOptions { BatchSize = 1 })}", Is.EqualTo("reference, fp32, batch 1"));
    }

    [Test]
    public void A_result_of_before_there_were_slices_counts_as_one()
    {
        BenchResult old = Result(8, 8) with { SliceMilliseconds = [], Latency = null };
        Assert.That(old.SliceSpread, Is.EqualTo(new Spread(8, 8, 8) { Least = 8 }));
    }

    [Test]
    public void The_best_batch_is_named_and_the_smallest_that_comes_close()
    {
        BenchResult[] results =
        [
            Result(1, 2), Result(16, 16.2), Result(64, 64), Result(8, 8) with { Threads = 2 }, Result(16, 15) with { Threads = 2 }, Result(1, 1) with { Device = "opencl:0" },
        ];
        Assert.That(BenchNotes.DescribeBatches(results), Is.EqualTo(new[]
        {
            "native, fp32, 1 thread: batch 64 is the best (1,000 images/s), and 16 is the smallest within 5 % of it.",
            "native, fp32, 2 threads: batch 16 is the best (1,067 images/s), and no smaller one comes within 5 % of it.",
        }));
    }

    [Test]
    public void Batches_whose_speeds_scatter_by_more_than_they_differ_cannot_be_told_apart()
    {
        BenchResult[] results = [Result(1, 2), Scattered(16, 16.5), Scattered(64, 64), Result(8, 8.05), Result(4, 4.3)];
        Assert.That(BenchNotes.DescribeBatches(results), Is.EqualTo(new[]
        {
            "native, fp32, 1 thread: batches 8, 16 and 64 do not differ by more than their spread (up to 1,000 images/s), and no smaller one comes within 5 % of them.",
        }));
        Assert.That(BenchNotes.DescribeBatches([Scattered(64, 64), Result(16, 16.2), Result(8, 8.42)]).Single(), Does.EndWith("batches 16 and 64 do not differ by more than their spread (up to 1,000 images/s), and 8 is the smallest within 5 % of them."));
        Assert.That(BenchNotes.DescribeBatches([Scattered(64, 64), Result(16, 17)]).Single(), Does.Contain("batch 64 is the best (1,000 images/s)"));

        static BenchResult Scattered(int batch, double milliseconds)
        {
            BenchResult result = Result(batch, milliseconds);
            return result with { ImagesPerSecondLow = 0.955 * result.ImagesPerSecond, ImagesPerSecondHigh = 1.05 * result.ImagesPerSecond };
        }
    }

    [Test]
    public void Slices_that_all_became_slower_are_noise_where_the_fastest_batch_did_not()
    {
        BenchResult older = Result(8, 10) with { SliceMilliseconds = [10, 10, 10, 10], Latency = new Latencies(9.9, 10, 10, 10, 10) };
        BenchResult newer = Result(8, 12) with { SliceMilliseconds = [12, 12, 12, 12], Latency = new Latencies(9.95, 12, 12, 12, 12) };
        Assert.That(ChangeOf(newer, older), Is.EqualTo(Change.NoDifference));
        Assert.That(ChangeOf(newer with { Latency = new Latencies(11.5, 12, 12, 12, 12) }, older), Is.EqualTo(Change.Slower));
        BenchResult slower = newer with { Latency = null };
        Assert.That(ChangeOf(slower with { OtherProcessesPercent = 25 }, older with { OtherProcessesPercent = 0 }), Is.EqualTo(Change.NoDifference), "others may have taken that much");
        Assert.That(ChangeOf(slower with { OtherProcessesPercent = 10 }, older), Is.EqualTo(Change.Slower));
        Assert.That(ChangeOf(newer with { Latency = null }, older), Is.EqualTo(Change.Slower), "the fastest slice then");
        Assert.That(ChangeOf(newer with { BatchesInFlight = 2 }, older with { BatchesInFlight = 2 }), Is.EqualTo(Change.Slower), "a batch alone is not the stream");

        static Change ChangeOf(BenchResult now, BenchResult before) => BenchComparison.Compare([now], [before], "old.json").Results[0].Comparison!.Change;
    }

    [Test]
    public void A_busy_machine_and_scattered_figures_are_warned_of()
    {
        BenchResult quiet = Result(1, 1) with { OtherProcessesPercent = 2 };
        Assert.That(BenchNotes.DescribeNoise([quiet, Result(1, 1)]), Is.Empty);
        Assert.That(BenchNotes.DescribeNoise([quiet, quiet with { OtherProcessesPercent = 34.6 }]).Single(), Does.StartWith(
            "Other processes took up to 35 % of the cores while 1 of 2 combinations was measured"));
        BenchResult scattered = quiet with { ImagesPerSecondLow = 900, ImagesPerSecondHigh = 1100 };
        Assert.That(BenchNotes.DescribeNoise([scattered with { Runs = 100 }]).Single(), Does.Contain("with a spread of 10 % or more"));
        Assert.That(BenchNotes.DescribeNoise([scattered with { Runs = 99 }]), Is.Empty, "measured for next to no time");
    }

    private static Change Compare(Random random, (double Process, double Wander, double Memory) noise, double factor)
    {
        double[] before = Slice(random, noise, 1), after = Slice(random, noise, factor);
        return SpreadComparison.Compare(Spread.Of(before), before.Length, Spread.Of(after), after.Length).Change;
    }

    /// <summary>Times of one process: an offset of its own, and a slowness that comes and goes (the size of a first-order autoregressive process).</summary>
    private static double[] Slice(Random random, (double Process, double Wander, double Memory) noise, double factor)
    {
        double offset = noise.Process * Normal(random);
        double wander = noise.Wander * Normal(random);
        return
        [
            .. Enumerable.Range(0, Slices).Select(_ =>
            {
                wander = (noise.Memory * wander) + (noise.Wander * Math.Sqrt(1 - (noise.Memory * noise.Memory)) * Normal(random));
                return 10 * factor * Math.Exp(offset + Math.Abs(wander));
            }),
        ];
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static BenchResult Result(int batch, double milliseconds) => new()
    {
        Model = "m",
        Device = "native",
        DeviceName = "this one",
        Backend = "native",
        Precision = "fp32",
        BatchSize = batch,
        Threads = 1,
        ImagesPerSecond = batch / milliseconds * 1e3,
        ImagesPerSecondLow = batch / milliseconds * 1e3,
        ImagesPerSecondHigh = batch / milliseconds * 1e3,
        BatchesInFlight = 1,
        Latency = new Latencies(milliseconds, milliseconds, milliseconds, milliseconds, milliseconds),
        BuildMilliseconds = 0,
        FirstRunMilliseconds = 0,
        WarmUpMilliseconds = 0,
        UploadMilliseconds = 0,
        ComputeMilliseconds = milliseconds,
        DownloadMilliseconds = 0,
        OverlappedMilliseconds = 0,
        PeakNativeBytes = 0,
        PeakDeviceBytes = null,
        EffectivePercentOfPeak = null,
        ExecutedPercentOfPeak = null,
        OtherProcessesPercent = null,
        Runs = 1,
        SliceMilliseconds = [milliseconds],
        Version = "",
        Commit = "",
    };
}
