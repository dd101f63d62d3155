using System.Text.Json;
using Convoy.Profiling.Traces;

namespace Convoy.Profiling;

/// <summary>
/// A profile as a trace, for https://ui.perfetto.dev or chrome://tracing to draw: the device's queues and the host's threads as
/// tracks, layers with their phases as slices, each micro-batch as a flow through the layers, and memory as counters. Where
/// batches overlap that follow each other, these too, behind the batch that the profile is of.
/// </summary>
/// <remarks>The format is the "Trace Event Format" (Duca and Sinclair, Google 2016), as a JSON object.</remarks>
public static class ProfileTrace
{
    private const int BatchProcess = 1;
    private const int StreamProcess = 2;

    /// <summary>Writes the trace.</summary>
    /// <param name="stream">Where to; it is left open.</param>
    /// <param name="profile">The profile.</param>
    /// <exception cref="ArgumentException">A span of the profile's is on a track, of a layer or of images that it does not have, or ends before it begins.</exception>
    public static void Write(Stream stream, NetworkProfile profile)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(profile);
        var batch = new TimelineEvents(profile, profile.Timeline, $"{profile.Model} on {profile.Device}") { Process = BatchProcess, HasRates = true };
        using var json = new Utf8JsonWriter(stream);
        var events = new TraceEventWriter(json);
        json.WriteStartObject();
        json.WriteString("displayTimeUnit", "ms");
        WriteOrigin(json, profile);
        json.WriteStartArray("traceEvents");
        int flows = batch.Write(events);
        new MemoryEvents(profile.Memory, BatchProcess).Write(events, batch.Lanes);
        if (profile.Stream is { } following)
        {
            _ = new TimelineEvents(profile, following.Timeline, $"{profile.Device}, {following.BatchesInFlight} batches in flight")
            {
                Process = StreamProcess,
                Origin = batch.End,
                FirstFlow = flows,
            }.Write(events);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes the trace to a file; what is there is replaced.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="profile">The profile.</param>
    /// <exception cref="ConvoyException">The file cannot be written; there is no half of it.</exception>
    /// <exception cref="ArgumentException">As <see cref="Write"/> has it.</exception>
    public static void Save(string path, NetworkProfile profile) => ReportFile.Save(path, "trace", file => Write(file, profile));

    /// <summary>What was measured, where and with what: viewers show it beside the trace.</summary>
    private static void WriteOrigin(Utf8JsonWriter json, NetworkProfile profile)
    {
        json.WriteStartObject("otherData");
        json.WriteString("model", profile.Model);
        json.WriteString("device", profile.Device);
        json.WriteString("device_name", profile.DeviceName);
        json.WriteString("backend", profile.Backend);
        json.WriteString("precision", profile.Precision);
        json.WriteNumber("batch", profile.Images);
        json.WriteNumber("threads", profile.Threads);
        json.WriteNumber("runs", profile.Batches);
        if (profile.MeasuredOn is { } machine)
        {
            json.WriteString("processor", machine.Processor);
            json.WriteString("system", machine.System);
            json.WriteString("runtime", machine.Runtime);
            json.WriteString("version", machine.Version);
            json.WriteString("commit", machine.Commit);
            json.WriteString("command", machine.Command);
            json.WriteString("time", machine.Time);
        }

        json.WriteEndObject();
    }
}
