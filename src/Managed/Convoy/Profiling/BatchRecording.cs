using System.Diagnostics;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Batches of a session as they were recorded one after the other.</summary>
/// <param name="All">What was recorded of each, of one at least.</param>
/// <param name="OthersPercent">The share of the cores that others took meanwhile; null where it is not known.</param>
/// <param name="TimesProblem">What is wrong with the device's times, so that these are the host's; null where nothing is.</param>
internal sealed record RecordedBatches(IReadOnlyList<PhaseRecorder> All, double? OthersPercent, string? TimesProblem);

/// <summary>Runs images as a batch again and again, and keeps what is reported of each. Where the device's times cannot be right, the host's are taken.</summary>
internal readonly ref struct BatchRecording(InferenceSession session, ProfileOptions options, CancellationToken cancellationToken)
{
    // Batches may look too short where the host was held up by something else, but not each of so many more.
    private const int DoubtfulBatches = 5;

    /// <summary>The images of the batch.</summary>
    public required ReadOnlySpan<float> Images { get; init; }

    /// <summary>Room for its scores.</summary>
    public required Span<float> Scores { get; init; }

    /// <summary>Warms up and records, until as many batches are done as asked for or the token asks to stop.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop before there was a batch whose times can be believed.</exception>
    public RecordedBatches Record()
    {
        options.Progress?.Invoke(new ProfileProgress(ProfileStage.Batches, 0, options.Batches));
        session.Run(Images, Scores, new PhaseRecorder { CountsEvents = options.CountsEvents }, cancellationToken);
        RecordedBatches batches = Record(ProfileStage.Batches, options.Batches);
        string? problem = session.HasOwnClock ? FindTimesProblem(batches.All) : null;
        return problem is null ? batches : Record(ProfileStage.HostTimedBatches, options.Batches) with { TimesProblem = problem };
    }

    private RecordedBatches Record(ProfileStage stage, int count)
    {
        List<PhaseRecorder> recorders = [];
        var cores = new CoreUse();
        cores.Begin();
        try
        {
            for (options.Progress?.Invoke(new ProfileProgress(stage, 0, count)); recorders.Count < count;)
            {
                var recorder = new PhaseRecorder { CountsEvents = options.CountsEvents, TimesOnHost = stage == ProfileStage.HostTimedBatches };
                long begin = Stopwatch.GetTimestamp();
                session.Run(Images, Scores, recorder, cancellationToken);
                recorder.WallMilliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                recorders.Add(recorder);
                options.Progress?.Invoke(new ProfileProgress(stage, recorders.Count, count));
            }
        }
        catch (OperationCanceledException) when (recorders.Count > 0)
        {
            // What was measured by then is a profile of fewer batches.
        }

        cores.End();
        return new RecordedBatches(recorders, cores.OthersPercent, null);
    }

    /// <summary>What is wrong with the device's times, in a sentence; null where nothing is.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop while that was in doubt.</exception>
    private string? FindTimesProblem(IReadOnlyList<PhaseRecorder> recorders)
    {
        if (TimesCheck.FindImpossible(recorders) is { } impossible)
        {
            return impossible;
        }

        if (!TimesCheck.AreTooShort(recorders) || !TimesCheck.AreTooShort(Record(ProfileStage.ClockCheck, DoubtfulBatches).All))
        {
            return null;
        }

        cancellationToken.ThrowIfCancellationRequested();
        return TimesCheck.ContradictShort(recorders[0]);
    }
}
