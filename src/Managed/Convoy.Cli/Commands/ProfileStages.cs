using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary>Says of a profile that is being measured which stage it is in, and how far that is.</summary>
internal sealed class ProfileStages(string network, ProgressCounter counter)
{
    private ProfileStage? _stage;

    /// <summary>What is said while batches are measured.</summary>
    public static ProgressText TextOf(string network, int batches) => new($"Profiling {network}", batches, "batches");

    /// <summary>Shows how far it is.</summary>
    public void Show(ProfileProgress step)
    {
        if (step.Stage != _stage)
        {
            _stage = step.Stage;
            counter.Begin(TextOf(step));
        }

        counter.Stage = step.Stage == ProfileStage.Peaks ? step.What : WordsOf(step.Stage);
        counter.RaiseTo(step.Done);
    }

    private ProgressText TextOf(ProfileProgress step) => step.Stage switch
    {
        ProfileStage.Peaks => new ProgressText("Measuring the device's peaks", step.Count),

        // Its batches are not reported.
        ProfileStage.Stream => new ProgressText($"Profiling {network}"),
        _ => TextOf(network, step.Count),
    };

    private static string WordsOf(ProfileStage stage) => stage switch
    {
        ProfileStage.Batches or ProfileStage.Peaks => "",
        ProfileStage.ClockCheck => "holding the device's clock against the host's",
        ProfileStage.HostTimedBatches => "again, by the host's clock",
        ProfileStage.Stream => "batches in flight",
        _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "There is no such stage."),
    };
}
