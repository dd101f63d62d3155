namespace Convoy.Profiling.Traces;

/// <summary>A track as it is drawn: one slice after the other.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsThread">Whether it is a thread.</param>
/// <param name="Slices">Its slices in the order of time.</param>
internal sealed record TraceLane(string Name, bool IsThread, ImmutableArray<TraceSlice> Slices)
{
    private const double NanosecondsPerMicrosecond = 1e3;

    /// <summary>
    /// A timeline's tracks. Slices of one track must not overlap; where a driver's times say that commands of a queue did, the
    /// later ones go to further lanes of the track.
    /// </summary>
    public static ImmutableArray<TraceLane> Of(Timeline timeline) =>
        [.. timeline.Tracks.SelectMany((track, index) => Of(track, timeline.Spans.Where(span => span.Track == index)))];

    /// <summary>When a span was.</summary>
    public static TraceTime TimeOf(TimelineSpan span) => new(
        (long)Math.Round(span.BeginMicroseconds * NanosecondsPerMicrosecond), (long)Math.Round(span.EndMicroseconds * NanosecondsPerMicrosecond));

    private static IEnumerable<TraceLane> Of(TimelineTrack track, IEnumerable<TimelineSpan> spans)
    {
        List<List<TimelineSpan>> lanes = [[]];
        foreach (TimelineSpan span in spans.OrderBy(span => TimeOf(span).Begin).ThenBy(span => TimeOf(span).End))
        {
            List<TimelineSpan>? free = lanes.Find(lane => lane.Count == 0 || TimeOf(lane[^1]).End <= TimeOf(span).Begin);
            if (free is null)
            {
                lanes.Add(free = []);
            }

            free.Add(span);
        }

        return lanes.Select((lane, i) => new TraceLane(i == 0 ? track.Name : $"{track.Name} ({i + 1})", track.IsThread, [.. Split(lane, track.IsThread)]));
    }

    /// <summary>On a queue, what follows each other for the same layer and images is one slice; on a thread each span is.</summary>
    private static IEnumerable<TraceSlice> Split(List<TimelineSpan> lane, bool isThread)
    {
        for (int first = 0, next = 1; first < lane.Count; next++)
        {
            if (next == lane.Count || isThread || !AreOfOne(lane[first], lane[next]))
            {
                yield return new TraceSlice([.. lane[first..next]]);
                first = next;
            }
        }
    }

    private static bool AreOfOne(TimelineSpan left, TimelineSpan right) =>
        (left.Batch, left.Layer, left.FirstImage, left.Images) == (right.Batch, right.Layer, right.FirstImage, right.Images);
}

/// <summary>What a queue or a thread did for a layer without doing anything else in between.</summary>
/// <param name="Spans">The phases, one behind the other: at least one.</param>
internal sealed record TraceSlice(ImmutableArray<TimelineSpan> Spans)
{
    /// <summary>The first phase, which says for which layer and images.</summary>
    public TimelineSpan First => Spans[0];

    /// <summary>From the first phase's beginning to the last one's end.</summary>
    public TraceTime Time { get; } = new(TraceLane.TimeOf(Spans[0]).Begin, TraceLane.TimeOf(Spans[^1]).End);
}
