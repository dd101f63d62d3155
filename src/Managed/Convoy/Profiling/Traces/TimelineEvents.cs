using System.Text.Json;
using Convoy.Backends;

namespace Convoy.Profiling.Traces;

/// <summary>Writes a timeline as a process: its tracks, their slices, and the flows.</summary>
internal sealed class TimelineEvents
{
    // Thirty years: as nanoseconds it is far from what a long holds.
    private const double MostMicroseconds = 1e15;

    private readonly NetworkProfile _profile;
    private readonly string _name;

    /// <summary>Lays a timeline out.</summary>
    /// <param name="profile">The profile, which knows the layers.</param>
    /// <param name="timeline">The timeline.</param>
    /// <param name="name">The process' name.</param>
    /// <exception cref="ArgumentException">A span of the timeline's makes no sense.</exception>
    public TimelineEvents(NetworkProfile profile, Timeline timeline, string name)
    {
        if (timeline.Spans.FirstOrDefault(span => !MakesSense(span, timeline, profile)) is { } wrong)
        {
            throw new ArgumentException(
                $"The profile's span '{wrong.Name}' is on a track, of a layer or of images that the profile does not have, or ends before it begins.", nameof(profile));
        }

        _profile = profile;
        _name = name;
        Lanes = TraceLane.Of(timeline);
    }

    /// <summary>The process' number.</summary>
    public required int Process { get; init; }

    /// <summary>Whether slices have their layers' and phases' rates, which are those of a batch alone.</summary>
    public bool HasRates { get; init; }

    /// <summary>When it begins, in nanoseconds.</summary>
    public long Origin { get; init; }

    /// <summary>The number of the first flow.</summary>
    public int FirstFlow { get; init; }

    /// <summary>The tracks as they are drawn, queues first.</summary>
    public ImmutableArray<TraceLane> Lanes { get; }

    /// <summary>When it ends, in nanoseconds.</summary>
    public long End => Lanes.SelectMany(lane => lane.Slices).Select(slice => Origin + slice.Time.End).DefaultIfEmpty(Origin).Max();

    /// <summary>Writes all of it; returns the number of the next flow.</summary>
    public int Write(TraceEventWriter events)
    {
        events.NameProcess(Process, _name, _profile.DeviceName);
        for (int track = 0; track < Lanes.Length; track++)
        {
            events.NameTrack(Process, track, Lanes[track].Name);
            foreach (TraceSlice slice in Lanes[track].Slices)
            {
                WriteSlice(events, track, slice);
            }
        }

        return WriteFlows(events);
    }

    private static bool MakesSense(TimelineSpan span, Timeline timeline, NetworkProfile profile) =>
        span.Track >= 0 && span.Track < timeline.Tracks.Length
        && span.Layer >= 0 && span.Layer < profile.Layers.Length
        && span.Images >= 0 && span.FirstImage >= 0 && span.FirstImage <= profile.Images - span.Images
        && span.BeginMicroseconds >= 0 && span.BeginMicroseconds <= span.EndMicroseconds && span.EndMicroseconds < MostMicroseconds;

    private static string NameOf(Phase phase) => JsonNamingPolicy.SnakeCaseLower.ConvertName(phase.ToString());

    /// <summary>A layer on a queue, with its phases in it; a phase on a thread.</summary>
    private void WriteSlice(TraceEventWriter events, int track, TraceSlice slice)
    {
        LayerProfile layer = _profile.Layers[slice.First.Layer];
        if (Lanes[track].IsThread)
        {
            Write(slice.First.Name, slice.First, slice.Time, json =>
            {
                json.WriteString("layer", layer.Name);
                json.WriteBoolean("stolen", slice.First.IsStolen);
            });
            return;
        }

        Write(layer.Name, slice.First, slice.Time, json =>
        {
            json.WriteString("op", layer.Op);
            json.WriteString("algorithm", layer.Algorithm);
            WriteWork(json, layer, layer.GigaFlopsPerSecond);
        });

        // A nameless phase by itself is the layer.
        foreach (TimelineSpan span in slice.Spans.Where(span => slice.Spans.Length > 1 || span.Name != layer.Name))
        {
            PhaseProfile? phase = layer.Phases.FirstOrDefault(phase => phase.Name == span.Name);
            Write(span.Name, span, TraceLane.TimeOf(span), json => WriteWork(json, phase));
        }

        void Write(string name, TimelineSpan span, TraceTime time, Action<Utf8JsonWriter> writeMore) => events.WriteSlice(
            Process, track, name, NameOf(span.Phase), new TraceTime(Origin + time.Begin, Origin + time.End), json =>
            {
                json.WriteNumber("images", span.Images);
                json.WriteNumber("first_image", span.FirstImage);
                json.WriteNumber("batch", span.Batch);
                json.WriteString("phase", NameOf(span.Phase));
                writeMore(json);
            });
    }

    /// <summary>The figures that the profile has of a layer or a phase: not this slice's own, but over all micro-batches.</summary>
    private void WriteWork(Utf8JsonWriter json, WorkProfile? work, double? effective = null)
    {
        if (!HasRates || work is null)
        {
            return;
        }

        json.WriteStartObject("over_the_batch");
        WriteRate(json, "gflops_per_second", effective);
        WriteRate(json, "executed_gflops_per_second", work.ExecutedGigaFlopsPerSecond);
        WriteRate(json, "gbytes_per_second", work.GigaBytesPerSecond);
        WriteRate(json, "percent_of_peak", work.PercentOfPeak);
        json.WriteEndObject();
    }

    private static void WriteRate(Utf8JsonWriter json, string name, double? rate)
    {
        if (rate is > 0 and < double.PositiveInfinity)
        {
            json.WriteNumber(name, rate.Value);
        }
    }

    /// <summary>
    /// A flow for each micro-batch: images that some layer took by themselves. It passes all slices that these images were in,
    /// which for a layer that takes the whole batch are those of other flows too.
    /// </summary>
    private int WriteFlows(TraceEventWriter events)
    {
        int flow = FirstFlow;
        var slices =
            from lane in Lanes.Select((lane, track) => (lane, track))
            where !lane.lane.IsThread
            from slice in lane.lane.Slices
            orderby slice.Time.Begin
            group (lane.track, slice) by slice.First.Batch;
        foreach (IGrouping<int, (int Track, TraceSlice Slice)> batch in slices)
        {
            int[] bounds = [.. batch.SelectMany(each => BoundsOf(each.Slice)).Append(0).Append(_profile.Images).Distinct().Order()];
            foreach ((int first, int end) in bounds.Zip(bounds.Skip(1)))
            {
                (int Track, TraceSlice Slice)[] way = [.. batch.Where(each => Has(each.Slice, first, end))];
                for (int i = 0; i < way.Length && way.Length > 1; i++)
                {
                    FlowPoint point = i == 0 ? FlowPoint.Start : i < way.Length - 1 ? FlowPoint.Step : FlowPoint.End;
                    events.WriteFlow(
                        point, $"batch {batch.Key}, images {first} to {end - 1}", "micro-batch", flow, Process, way[i].Track, Origin + way[i].Slice.Time.Begin);
                }

                flow++;
            }
        }

        return flow;
    }

    private static int[] BoundsOf(TraceSlice slice) =>
        slice.First.Images > 0 ? [slice.First.FirstImage, slice.First.FirstImage + slice.First.Images] : [];

    /// <summary>Whether a slice is about these images; one that does not say is about all.</summary>
    private static bool Has(TraceSlice slice, int first, int end) =>
        slice.First.Images == 0 || (slice.First.FirstImage <= first && end <= slice.First.FirstImage + slice.First.Images);
}
