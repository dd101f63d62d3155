using Convoy.Backends;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Makes rows of what was recorded of batches: the times are those of one, the spreads those of all.</summary>
/// <param name="session">The session.</param>
/// <param name="batches">What was recorded of each batch.</param>
/// <param name="reported">The batch that is reported.</param>
/// <param name="images">Images of a batch.</param>
/// <param name="peaks">What the device can do; null where it was not measured.</param>
internal sealed class ProfileBuilder(
    InferenceSession session, IReadOnlyList<PhaseRecorder> batches, PhaseRecorder reported, int images, DevicePeaks? peaks)
{
    private readonly LimitEstimate? _limits = peaks is null ? null : new LimitEstimate(peaks, session.PackedBytes, Headroom.Of(session));
    private readonly double _sumMilliseconds = reported.Phases.Sum(phase => phase.Milliseconds);

    /// <summary>The way in, the steps, and the way out.</summary>
    public ImmutableArray<LayerProfile> CreateLayers() =>
    [
        CreateRow(0, Boundary("input", "upload", session.InputShape)),
        .. session.Steps.Select((step, i) => CreateRow(i + 1, OfStep(step))),
        CreateRow(session.Steps.Length + 1, Boundary("output", "download", session.OutputShape)),
    ];

    /// <summary>The index of a phase's row where there are so many steps.</summary>
    public static int RowOf(in PhaseSpan span, int steps) => span switch
    {
        { Step: >= 0 } => span.Step + 1,
        { Phase: Phase.Download } => steps + 1,
        _ => 0,
    };

    private static LayerProfile Boundary(string name, string op, Shape shape) => new()
    {
        Name = name,
        Layers = [name],
        Op = op,
        Algorithm = "copy",
        InputShape = shape.Extents,
        OutputShape = shape.Extents,
        Milliseconds = 0,
    };

    private LayerProfile OfStep(StepInfo step) => new()
    {
        Name = step.Name,
        Layers = step.Layers,
        Op = step.Op,
        Algorithm = step.Algorithm,
        Choice = step.Choice,
        InputShape = step.InputShape.Extents,
        OutputShape = step.OutputShape.Extents,
        Milliseconds = 0,
        GigaFlops = 2e-9 * step.MultiplyAdds * images,
        Shares = step.IsChain
            ? [.. step.Layers.Zip(step.LayerMultiplyAdds, (layer, count) => new LayerShare(layer, step.MultiplyAdds > 0 ? 100.0 * count / step.MultiplyAdds : 0))]
            : [],
    };

    private LayerProfile CreateRow(int row, LayerProfile layer)
    {
        RecordedPhase[] phases = PhasesOf(reported, row);
        layer = (LayerProfile)Measure(layer, phases, batch => PhasesOf(batch, row));
        IGrouping<string, RecordedPhase>[] kinds = [.. phases.GroupBy(phase => phase.Name)];

        // A nameless phase by itself is the layer.
        return kinds is [{ Key: "" }] ? layer : layer with
        {
            Phases =
            [
                .. kinds.Select(kind => (PhaseProfile)Measure(
                    new PhaseProfile { Name = kind.Key.Length > 0 ? kind.Key : layer.Name, Launches = kind.Count(), Milliseconds = 0 },
                    [.. kind],
                    batch => PhasesOf(batch, row).Where(phase => phase.Name == kind.Key))),
            ],
        };
    }

    private RecordedPhase[] PhasesOf(PhaseRecorder batch, int row) => [.. batch.Phases.Where(phase => RowOf(phase.Span, session.Steps.Length) == row)];

    private WorkProfile Measure(WorkProfile profile, RecordedPhase[] phases, Func<PhaseRecorder, IEnumerable<RecordedPhase>> ofBatch)
    {
        double milliseconds = phases.Sum(phase => phase.Milliseconds);
        PhaseWork work = phases.Aggregate(default(PhaseWork), (sum, phase) => sum + phase.Span.Work);
        double seconds = milliseconds / 1e3;
        double? fromMemory = _limits is null ? null : phases.Sum(phase => _limits.FromMemory(phase.Span.Work)) / 1e9;
        return profile with
        {
            Milliseconds = milliseconds,
            Spread = Spread.Of(batches.Select(batch => ofBatch(batch).Sum(phase => phase.Milliseconds))),
            Percent = _sumMilliseconds > 0 ? 100 * milliseconds / _sumMilliseconds : 0,
            ExecutedGigaFlops = work.Operations / 1e9,
            GigaBytes = work.Bytes / 1e9,
            MemoryGigaBytes = fromMemory,
            PercentOfPeak = peaks is null || seconds <= 0 ? null : 100 * work.Operations / 1e9 / seconds / peaks.GigaFlopsPerSecond,
            PercentOfBandwidth = peaks is null || seconds <= 0 ? null : 100 * fromMemory / seconds / peaks.GigaBytesPerSecond,
            Limit = phases.Length == 0 ? null : _limits?.Find([.. phases.GroupBy(phase => phase.Name).MaxBy(kind => kind.Sum(phase => phase.Milliseconds))!], session.Threads),
            Threads = TimesOfThreads(phases),
            Counters = phases.Length == 0 ? null : phases.Select(phase => phase.Span.Counts).Aggregate((left, right) => left + right),
        };
    }

    private ImmutableArray<ThreadTimes> TimesOfThreads(RecordedPhase[] phases)
    {
        RecordedPhase[] timed = [.. phases.Where(phase => !phase.Threads.IsEmpty)];
        double milliseconds = timed.Sum(phase => phase.Milliseconds);
        return timed.Length == 0 ? [] :
        [
            .. Enumerable.Range(0, session.Threads).Select(thread =>
            {
                double busy = timed.Sum(phase => phase.MillisecondsOf(thread, isStolen: false));
                double stolen = timed.Sum(phase => phase.MillisecondsOf(thread, isStolen: true));
                return new ThreadTimes(thread, busy, stolen, milliseconds - busy - stolen);
            }),
        ];
    }
}
