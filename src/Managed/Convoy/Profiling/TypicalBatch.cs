namespace Convoy.Profiling;

/// <summary>Which of several batches is reported for all.</summary>
internal static class TypicalBatch
{
    /// <summary>The batch whose layers' times and wall clock's time differ least from their medians, added up.</summary>
    /// <param name="batches">What was recorded of the batches.</param>
    /// <param name="steps">How many steps the session has.</param>
    public static PhaseRecorder Find(IReadOnlyList<PhaseRecorder> batches, int steps)
    {
        double[][] times = [.. batches.Select(batch => TimesOf(batch, steps))];
        double[] medians = [.. Enumerable.Range(0, times[0].Length).Select(row => Spread.Of(times.Select(batch => batch[row])).Median)];
        return batches.Zip(times).MinBy(each => each.Second.Zip(medians, (time, median) => Math.Abs(time - median)).Sum()).First;
    }

    /// <summary>The time of each row, and that of the wall clock.</summary>
    private static double[] TimesOf(PhaseRecorder batch, int steps)
    {
        double[] times = new double[steps + 3];
        foreach (RecordedPhase phase in batch.Phases)
        {
            times[ProfileBuilder.RowOf(phase.Span, steps)] += phase.Milliseconds;
        }

        times[^1] = batch.WallMilliseconds;
        return times;
    }
}
