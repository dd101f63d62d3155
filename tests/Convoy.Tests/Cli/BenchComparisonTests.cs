using Convoy.Cli.Measuring;
using Convoy.Cli.Reports;

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
        int told = Enumerable.Range(0, Trials).Count(_ => Compare(random, noise, 1) != Verdict.NoDifference);
        TestContext.Out.WriteLine($"{told} of {Trials}");
        Assert.That(told, Is.LessThanOrEqualTo(Trials / 10));
    }

    [Test]
    public void A_change_of_a_tenth_is_found_where_the_machine_is_quiet([Values(1.1, 1 / 1.1)] double factor)
    {
        var random = new Random(2);
        Verdict expected = factor > 1 ? Verdict.Slower : Verdict.Faster;
        int found = Enumerable.Range(0, Trials).Count(_ => Compare(random, Noises[1], factor) == expected);
        TestContext.Out.WriteLine($"{found} of {Trials}");
        Assert.That(found, Is.GreaterThan(Trials * 9 / 10));
    }

    [TestCase(new[] { 10.0 }, new[] { 10.4 }, nameof(Verdict.NoDifference))]
    [TestCase(new[] { 10.0 }, new[] { 10.6 }, nameof(Verdict.Slower))]
    [TestCase(new[] { 10.6 }, new[] { 10.0 }, nameof(Verdict.Faster))]
    [TestCase(new[] { 10.0, 10, 10, 10, 10 }, new[] { 11.0, 11, 11, 11, 10.4 }, nameof(Verdict.NoDifference), Description = "the fastest slice is as fast")]
    [TestCase(new[] { 10.0, 10, 10, 10, 10 }, new[] { 11.0, 11, 11, 11, 99 }, nameof(Verdict.Slower), Description = "the slowest tells nothing")]
    [TestCase(new[] { 10.0, 11, 12, 13, 14 }, new[] { 11.0, 12.1, 13.2, 14.3, 15.4 }, nameof(Verdict.NoDifference), Description = "within the spread")]
    public void A_difference_is_told_where_all_but_the_slowest_slices_agree(double[] before, double[] after, string expected)
    {
        var comparison = SliceComparison.Compare(before, after);
        Assert.That($"{comparison.Verdict}", Is.EqualTo(expected));
        Assert.That(comparison.Ratio, Is.EqualTo(before.Order().ElementAt(before.Length / 2) / after.Order().ElementAt(after.Length / 2)));
    }

    [Test]
    public void Combinations_are_found_by_all_that_tells_them_apart_and_the_rest_is_named()
    {
        BenchDocument[] now = [Document(8, 10), Document(64, 10), Document(8, 10) with { Precision = "fp16" }, Document(8, 10) with { Threads = 2 }];
        BenchBaseline[] before =
        [
            new("m", "native", "fp32", 8, 1, 880, [9.1, 9.09, 9.11], "this one"), new("m", "native", "fp32", 8, 2, 800, [10.0], "that one"),
            new("m", "native", "fp32", 16, 1, 800), new("other", "native", "fp16", 8, 1, 800),
        ];
        (BenchDocument[] results, string[] notes) = BenchComparison.Compare(now, before, "old.json");
        Assert.That(results.Select(each => each.Comparison?.Verdict), Is.EqualTo(new Verdict?[] { Verdict.Slower, null, null, Verdict.NoDifference }));
        Assert.That(BenchComparison.Describe(results[0].Comparison!), Is.EqualTo("slower by 9.0 %"));
        Assert.That(results[0].Comparison!.ImagesPerSecond, Is.EqualTo(880));
        Assert.That(notes, Is.EqualTo(new[]
        {
            "'native' was another device in old.json: that one.",
            "old.json has nothing to compare with 'm, native, fp32, 1 thread, batch 64'.",
            "old.json has nothing to compare with 'm, native, fp16, 1 thread, batch 8'.",
            "'m, native, fp32, 1 thread, batch 16' was measured in old.json and not now.",
            "'other, native, fp16, 1 thread, batch 8' was measured in old.json and not now.",
        }));
    }

    [Test]
    public void A_result_of_before_there_were_slices_counts_as_one()
    {
        var old = new BenchBaseline("m", "native", "fp32", 8, 1, 1000);
        Assert.That(old.Slices, Is.EqualTo(new[] { 8.0 }));
    }

    [Test]
    public void The_best_batch_is_named_and_the_smallest_that_comes_close()
    {
        BenchDocument[] results =
        [
            Document(1, 2), Document(16, 16.2), Document(64, 64), Document(8, 8) with { Threads = 2 }, Document(16, 15) with { Threads = 2 }, Document(1, 1) with { Device = "opencl:0" },
        ];
        Assert.That(BenchNotes.DescribeBatches(results), Is.EqualTo(new[]
        {
            "native, fp32, 1 thread: batch 64 is the best (1,000 images/s), and 16 is the smallest within 5 % of it.",
            "native, fp32, 2 threads: batch 16 is the best (1,067 images/s), and no smaller one comes within 5 % of it.",
        }));
    }

    [Test]
    public void A_busy_machine_and_scattered_figures_are_warned_of()
    {
        BenchDocument quiet = Document(1, 1) with { OtherProcessesPercent = 2 };
        Assert.That(BenchNotes.DescribeNoise([quiet, Document(1, 1)]), Is.Empty);
        Assert.That(BenchNotes.DescribeNoise([quiet, quiet with { OtherProcessesPercent = 34.6 }]).Single(), Does.StartWith(
            "Other processes took up to 35 % of the cores while 1 of 2 combinations was measured"));
        BenchDocument scattered = quiet with { ImagesPerSecondLow = 900, ImagesPerSecondHigh = 1100 };
        Assert.That(BenchNotes.DescribeNoise([scattered with { Runs = 100 }]).Single(), Does.Contain("scatter by 10 % or more"));
        Assert.That(BenchNotes.DescribeNoise([scattered with { Runs = 99 }]), Is.Empty, "measured for next to no time");
    }

    private static Verdict Compare(Random random, (double Process, double Wander, double Memory) noise, double factor) =>
        SliceComparison.Compare(Slice(random, noise, 1), Slice(random, noise, factor)).Verdict;

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

    private static BenchDocument Document(int batch, double milliseconds) => new()
    {
        Model = "m",
        Device = "native",
        DeviceName = "this one",
        Backend = "native",
        Precision = "fp32",
        Batch = batch,
        Threads = 1,
        ImagesPerSecond = batch / milliseconds * 1e3,
        ImagesPerSecondLow = batch / milliseconds * 1e3,
        ImagesPerSecondHigh = batch / milliseconds * 1e3,
        BatchesInFlight = 1,
        LatencyMs = new LatencyDocument(milliseconds, milliseconds, milliseconds, milliseconds, milliseconds),
        BuildMs = 0,
        FirstRunMs = 0,
        WarmUpMs = 0,
        UploadMs = 0,
        ComputeMs = milliseconds,
        DownloadMs = 0,
        OverlappedMs = 0,
        PeakNativeBytes = 0,
        PeakDeviceBytes = null,
        EffectivePercentOfPeak = null,
        ExecutedPercentOfPeak = null,
        OtherProcessesPercent = null,
        Runs = 1,
        SliceMs = [milliseconds],
        Version = "",
        Commit = "",
    };
}
