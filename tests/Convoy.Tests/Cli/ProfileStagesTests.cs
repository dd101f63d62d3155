using Convoy.Cli.Commands;
using Convoy.Cli.Output;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>What <c>profile</c> says while it measures: each stage is counted and timed from its beginning.</summary>
public sealed class ProfileStagesTests
{
    [Test]
    public void Each_stage_begins_anew_and_says_what_it_is()
    {
        var clock = new SetClock();
        var counter = new ProgressCounter(clock);
        ProgressText first = ProfileStages.TextOf("net", 10);
        var stages = new ProfileStages("net", counter);
        List<string> said = [];
        foreach (ProfileProgress step in (ProfileProgress[])
        [
            new(ProfileStage.Batches, 0, 10),
            new(ProfileStage.Batches, 10, 10),
            new(ProfileStage.ClockCheck, 1, 5),
            new(ProfileStage.HostTimedBatches, 5, 10),
            new(ProfileStage.Stream, 0, 6),
            new(ProfileStage.Peaks, 0, 4) { What = "arithmetic" },
            new(ProfileStage.Peaks, 3, 4) { What = "the bandwidth of memory" },
        ])
        {
            stages.Show(step);
            clock.Now += 4;
            ProgressText text = counter.Text ?? first;
            said.Add($"{text.TitleOf(counter)}: {text.Describe(counter, counter.Elapsed)}");
        }

        Assert.That(said, Is.EqualTo(new[]
        {
            "Profiling net: 0 %, 4 s",
            "Profiling net: 10 of 10 batches, 1.25 batches/s, 100 %, 0 s left",
            "Profiling net (holding the device's clock against the host's): 1 of 5 batches, 0.250 batches/s, 20 %, 16 s left",
            "Profiling net (again, by the host's clock): 5 of 10 batches, 1.25 batches/s, 50 %, 4 s left",
            "Profiling net (batches in flight): 4 s",
            "Measuring the device's peaks (arithmetic): 0 %, 4 s",
            "Measuring the device's peaks (the bandwidth of memory): 75 %, 3 s left",
        }));
    }

    [Test]
    public void A_stage_that_has_no_words_is_refused() =>
        Assert.That(() => new ProfileStages("net", new ProgressCounter()).Show(new ProfileProgress((ProfileStage)99, 0, 1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
