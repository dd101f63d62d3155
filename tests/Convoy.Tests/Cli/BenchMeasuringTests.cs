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
}
