using System.Text.Json;

namespace Convoy.Profiling.Traces;

/// <summary>A point of a flow: which kind of event it is.</summary>
internal enum FlowPoint
{
    /// <summary>Where it begins.</summary>
    Start,

    /// <summary>What it passes.</summary>
    Step,

    /// <summary>Where it ends.</summary>
    End,
}

/// <summary>
/// Writes events of the trace event format. Its times are microseconds; they are written as whole nanoseconds, so that what
/// lies within a slice still does when a reader adds a time and a duration.
/// </summary>
/// <param name="json">Where to, within the array of events.</param>
internal sealed class TraceEventWriter(Utf8JsonWriter json)
{
    private const decimal NanosecondsPerMicrosecond = 1000;

    /// <summary>Names a process, and says where among the others it is drawn.</summary>
    /// <param name="process">Its number, which is its place too.</param>
    /// <param name="name">Its name.</param>
    /// <param name="label">What more there is to say of it.</param>
    public void NameProcess(int process, string name, string label)
    {
        WriteMetadata("process_name", process, 0, () => json.WriteString("name", name));
        WriteMetadata("process_labels", process, 0, () => json.WriteString("labels", label));
        WriteMetadata("process_sort_index", process, 0, () => json.WriteNumber("sort_index", process));
    }

    /// <summary>Names a track, and says where among the others of its process it is drawn.</summary>
    /// <param name="process">The process.</param>
    /// <param name="track">Its number, which is its place too.</param>
    /// <param name="name">Its name.</param>
    public void NameTrack(int process, int track, string name)
    {
        WriteMetadata("thread_name", process, track, () => json.WriteString("name", name));
        WriteMetadata("thread_sort_index", process, track, () => json.WriteNumber("sort_index", track));
    }

    /// <summary>Writes a slice of a track.</summary>
    /// <param name="process">The process.</param>
    /// <param name="track">The track.</param>
    /// <param name="name">Its name.</param>
    /// <param name="category">What kind it is, which viewers filter by.</param>
    /// <param name="time">When it began and ended.</param>
    /// <param name="writeArguments">Writes what there is to say of it.</param>
    public void WriteSlice(int process, int track, string name, string category, TraceTime time, Action<Utf8JsonWriter> writeArguments)
    {
        Begin("X", name, category, process, track, time.Begin);
        json.WriteNumber("dur", (time.End - time.Begin) / NanosecondsPerMicrosecond);
        json.WriteStartObject("args");
        writeArguments(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes a point of a flow, which belongs to the slice it lies in.</summary>
    /// <param name="point">Which kind.</param>
    /// <param name="name">The flow's name, the same at all points.</param>
    /// <param name="category">Its kind, the same at all points.</param>
    /// <param name="flow">Its number.</param>
    /// <param name="process">The process.</param>
    /// <param name="track">The slice's track.</param>
    /// <param name="nanoseconds">When.</param>
    public void WriteFlow(FlowPoint point, string name, string category, int flow, int process, int track, long nanoseconds)
    {
        string kind = point switch
        {
            FlowPoint.Start => "s",
            FlowPoint.Step => "t",
            FlowPoint.End => "f",
            _ => throw new ArgumentOutOfRangeException(nameof(point), point, "No such point of a flow."),
        };
        Begin(kind, name, category, process, track, nanoseconds);
        json.WriteNumber("id", flow);
        if (point == FlowPoint.End)
        {
            // Else it would belong to the next slice that begins.
            json.WriteString("bp", "e");
        }

        json.WriteEndObject();
    }

    /// <summary>Writes what a process' counter has from now on.</summary>
    /// <param name="process">The process.</param>
    /// <param name="name">The counter's name.</param>
    /// <param name="nanoseconds">When.</param>
    /// <param name="series">Its series, each with its value.</param>
    public void WriteCounter(int process, string name, long nanoseconds, params ReadOnlySpan<(string Name, long Value)> series)
    {
        Begin("C", name, "memory", process, 0, nanoseconds);
        json.WriteStartObject("args");
        foreach ((string each, long value) in series)
        {
            json.WriteNumber(each, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteMetadata(string name, int process, int track, Action writeArgument)
    {
        Begin("M", name, "__metadata", process, track, 0);
        json.WriteStartObject("args");
        writeArgument();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Begin(string kind, string name, string category, int process, int track, long nanoseconds)
    {
        json.WriteStartObject();
        json.WriteString("ph", kind);
        json.WriteString("name", name);
        json.WriteString("cat", category);
        json.WriteNumber("pid", process);
        json.WriteNumber("tid", track);
        json.WriteNumber("ts", nanoseconds / NanosecondsPerMicrosecond);
    }
}

/// <summary>When something began and ended, in nanoseconds.</summary>
internal readonly record struct TraceTime(long Begin, long End);
