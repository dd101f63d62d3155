using Convoy.Backends;

namespace Convoy.Profiling;

/// <summary>Lays what was recorded of a batch out on tracks: the kernels' queue, that of transfers, and the threads.</summary>
internal static class TimelineBuilder
{
    private const double NanosecondsPerMicrosecond = 1e3;

    /// <summary>Makes a timeline.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="layers">The rows, whose names spans without one of their own have.</param>
    /// <param name="rowOf">The row of a phase.</param>
    public static Timeline Create(PhaseRecorder batch, ImmutableArray<LayerProfile> layers, Func<PhaseSpan, int> rowOf)
    {
        bool hasTransfers = batch.Phases.Any(phase => phase.Span.IsTransfer);
        int threads = batch.Phases.SelectMany(phase => phase.Threads).Select(span => span.Thread + 1).DefaultIfEmpty().Max();
        int queues = hasTransfers ? 2 : 1;
        ImmutableArray<TimelineTrack> tracks =
        [
            new TimelineTrack(threads > 0 ? "layers" : "queue", IsThread: false),
            .. hasTransfers ? new[] { new TimelineTrack("transfers", IsThread: false) } : [],
            .. Enumerable.Range(0, threads).Select(thread => new TimelineTrack($"thread {thread}", IsThread: true)),
        ];
        long origin = batch.Phases.Select(phase => phase.Span.BeginNanoseconds).DefaultIfEmpty().Min();
        var spans = ImmutableArray.CreateBuilder<TimelineSpan>();
        foreach (RecordedPhase phase in batch.Phases)
        {
            PhaseSpan span = phase.Span;
            int row = rowOf(span);
            var whole = new TimelineSpan(
                span.IsTransfer ? 1 : 0, row, span.Name ?? layers[row].Name, span.Phase, span.FirstImage, span.Images, At(span.BeginNanoseconds), At(span.EndNanoseconds));
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
