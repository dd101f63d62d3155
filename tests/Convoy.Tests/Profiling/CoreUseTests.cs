using Convoy.Backends.Native;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>What other processes took of the cores is what these were busy with beside this one.</summary>
public sealed class CoreUseTests
{
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
    [TestCase("1-", null)]
    [TestCase("0-99999999", null)]
    public void A_list_of_processors_is_read(string list, int[]? expected) => Assert.That(ProcessorList.Parse(list)?.Order(), Is.EqualTo(expected));

    [TestCase(60, 2, 40)]
    [TestCase(20, 3, 0)]
    [TestCase(100, 0, 100)]
    public void Others_took_what_was_busy_and_not_this_process(int busy, double own, double expected) =>
        Assert.That(CoreUse.PercentOf(new ProcessorTimes(busy, 100, 2), own, 10), Is.EqualTo(expected).Within(1e-9));

    [Test]
    public void Nothing_is_told_of_others_where_the_system_does_not_tell_or_too_little_time_passed([Values(0, 19)] int ticks) =>
        Assert.That(CoreUse.PercentOf(new ProcessorTimes(ticks, ticks, 2), 0, 0), Is.Null);
}
