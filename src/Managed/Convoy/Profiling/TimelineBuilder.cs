using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>Lays what was recorded of batches out on tracks: the kernels' queue, that of transfers, and the threads.</summary>
internal static class TimelineBuilder
{
    private const double NanosecondsPerMicrosecond = 1e3;

    /// <summary>Makes a timeline of one batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="layers">The rows, whose names spans without one of their own have.</param>
    /// <param name="rowOf">The row of a phase.</param>
    public static Timeline Create(PhaseRecorder batch, ImmutableArray<LayerProfile> layers, Func<PhaseSpan, int> rowOf) =>
        Create([.. batch.Phases.Select(phase => (0, phase))], [.. layers.Select(layer => layer.Name)], rowOf);

    /// <summary>Makes a timeline of several batches.</summary>
    /// <param name="phases">Their phases, each with its batch's number.</param>
    /// <param name="names">The rows' names.</param>
    /// <param name="rowOf">The row of a phase.</param>
    public static Timeline Create(
        IReadOnlyList<(int Batch, RecordedPhase Phase)> phases, ImmutableArray<string> names, Func<PhaseSpan, int> rowOf)
    {
        bool hasTransfers = phases.Any(each => each.Phase.Span.IsTransfer);
        int threads = phases.SelectMany(each => each.Phase.Threads).Select(span => span.Thread + 1).DefaultIfEmpty().Max();
        int queues = hasTransfers ? 2 : 1;
        ImmutableArray<TimelineTrack> tracks =
        [
            new TimelineTrack(threads > 0 ? "layers" : "queue", IsThread: false),
            .. hasTransfers ? new[] { new TimelineTrack("transfers", IsThread: false) } : [],
            .. Enumerable.Range(0, threads).Select(thread => new TimelineTrack($"thread {thread}", IsThread: true)),
        ];
        long origin = phases.Select(each => each.Phase.Span.BeginNanoseconds).DefaultIfEmpty().Min();
        var spans = ImmutableArray.CreateBuilder<TimelineSpan>();
        foreach ((int batch, RecordedPhase phase) in phases)
        {
            PhaseSpan span = phase.Span;
            int row = rowOf(span);
            var whole = new TimelineSpan(
                span.IsTransfer ? 1 : 0,
                row,
                span.Name ?? names[row],
                span.Phase,
                span.FirstImage,
                span.Images,
                At(span.BeginNanoseconds),
                At(span.EndNanoseconds),
                Batch: batch);
            spans.Add(whole);
            spans.AddRange(phase.Threads.Select(each => whole with
            {
                Track = queues + each.Thread,
                BeginMicroseconds = At(each.BeginNanoseconds),
                EndMicroseconds = At(each.EndNanoseconds),
                IsStolen = each.IsStolen,
            }));
        }

        return new Timeline(tracks, spans.ToImmutable());

        double At(long nanoseconds) => (nanoseconds - origin) / NanosecondsPerMicrosecond;
    }
}
