using Convoy.Cli.Measuring;

namespace Convoy.Tests.Cli;

/// <summary>How a bench takes turns, warms up and counts, with made-up numbers.</summary>
public sealed class BenchMeasuringTests
{
    [Test]
    public void Turns_go_round_until_each_is_complete()
    {
        Dictionary<string, int> left = new() { ["a"] = 2, ["b"] = 4, ["c"] = 0, ["d"] = 1 };
        string turns = "";
        foreach (string item in Rounds.Take<string>(["a", "b", "c", "d"], item => left[item] == 0))
        {
            left[item]--;
            turns += item;
        }

        Assert.That(turns, Is.EqualTo("abdabbb"));
    }

    [TestCase(10, "12 3 4")]
    [TestCase(3, "12 3 4")]
    [TestCase(9, "12 3 4")]
    [TestCase(100, "123 4")]
    public void Groups_keep_within_the_bound_of_each_memory(long bound, string expected)
    {
        (char Name, string Memory, long Bytes)[] items = [('1', "host", 1), ('2', "host", 2), ('3', "host", 40), ('4', "host", 60)];
        List<List<(char Name, string Memory, long Bytes)>> groups = MemoryGroups.Divide(items, each => (each.Memory, each.Bytes), _ => bound, 64);
        Assert.That(string.Join(' ', groups.Select(group => string.Concat(group.Select(each => each.Name)))), Is.EqualTo(expected));
    }

    [Test]
    public void Groups_count_memories_apart_and_have_so_many_at_most()
    {
        (string Memory, long Bytes)[] items = [("host", 6), ("gpu", 6), ("gpu", 1), ("host", 1), ("gpu", 4)];
        Assert.That(MemoryGroups.Divide(items, each => each, memory => memory == "gpu" ? 8 : 10, 64).Select(group => group.Count), Is.EqualTo(new[] { 4, 1 }));
        Assert.That(MemoryGroups.Divide(items, each => each, _ => long.MaxValue, 2).Select(group => group.Count), Is.EqualTo(new[] { 2, 2, 1 }));
        Assert.That(MemoryGroups.Divide([1L << 60, 1L << 60], each => (0, each), _ => 10, 64), Has.Count.EqualTo(2), "too large for any");
    }

    [TestCase(3, 10.0, 10, 10)]
    [TestCase(3, 10.0, 12, 9.9)]
    [TestCase(5, 10.0, 8, 6, 5.95, 6.5)]
    [TestCase(7, 10.0, 9.9, 9, 9.1, 8, 8, 9)]
    [TestCase(0, 10.0, 9, 8, 7)]
    public void Times_have_settled_once_they_fall_no_longer(int expected, params double[] times)
    {
        var settling = new Settling();
        int count = times.TakeWhile(time =>
        {
            bool goesOn = !settling.IsSettled;
            settling.Add(time);
            return goesOn;
        }).Count();
        Assert.That(settling.IsSettled ? count : 0, Is.EqualTo(expected));
    }

    [TestCase(25, new[] { 3, 3, 3, 3, 3, 3, 3, 3, 1 })]
    [TestCase(2, new[] { 1, 1 })]
    [TestCase(10, new[] { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    public void A_number_of_runs_is_cut_into_ten_slices_at_most(int runs, int[] expected)
    {
        var length = new BenchLength(2, runs);
        List<int> slices = [];
        while (length.ShareOf(slices.Sum(), 0) < 1)
        {
            slices.Add(length.SliceRuns(slices.Sum()));
        }

        Assert.That(slices, Is.EqualTo(expected));
        Assert.That(length.SliceSeconds, Is.Zero);
    }

    [Test]
    public void A_time_takes_three_runs_at_least()
    {
        var length = new BenchLength(2);
        Assert.That(length.SliceSeconds, Is.EqualTo(0.2));
        Assert.That(length.ShareOf(2, 100), Is.EqualTo(2 / 3.0));
        Assert.That(length.ShareOf(3, 2), Is.EqualTo(1));
        Assert.That(length.ShareOf(1000, 0.5), Is.EqualTo(0.25));
    }

    [Test]
    public void Processor_times_are_those_of_the_processors_that_may_be_used()
    {
        string[] statistics =
        [
            "cpu  60 2 3 400 5 6 7 8 9 10", "cpu0 10 1 2 100 3 4 5 6 7 8", "cpu1 20 0 0 80", "cpu10 30 0 0 70 0 0 0 0 0 0", "intr 5", "cpufreq 1", "ctxt 17",
        ];
        Assert.That(ProcessorTimes.Parse(statistics, null), Is.EqualTo(new ProcessorTimes(28 + 20 + 30, 131 + 100 + 100, 3)));
        Assert.That(ProcessorTimes.Parse(statistics, [1, 10, 11]), Is.EqualTo(new ProcessorTimes(50, 200, 2)));
        Assert.That(ProcessorTimes.Parse(statistics, [7]), Is.Null);
        Assert.That(ProcessorTimes.Parse(["cpu0 0 0 0 0"], null), Is.Null, "a sandbox that tells nothing");
    }

    [TestCase("\t0-3,8", new[] { 0, 1, 2, 3, 8 })]
    [TestCase(" 5", new[] { 5 })]
    [TestCase("", null)]
    [TestCase("a-b", null)]
    public void A_list_of_processors_is_read(string list, int[]? expected) => Assert.That(ProcessorTimes.ParseList(list)?.Order(), Is.EqualTo(expected));

    [TestCase(60, 2, 40)]
    [TestCase(20, 3, 0)]
    [TestCase(100, 0, 100)]
    public void Others_took_what_was_busy_and_not_this_process(int busy, double own, double expected) =>
        Assert.That(CoreUse.PercentOf(new ProcessorTimes(busy, 100, 2), own, 10), Is.EqualTo(expected).Within(1e-9));

    [Test]
    public void Nothing_is_told_of_others_where_the_system_does_not_tell_or_too_little_time_passed([Values(0, 19)] int ticks) =>
        Assert.That(CoreUse.PercentOf(new ProcessorTimes(ticks, ticks, 2), 0, 0), Is.Null);
}
