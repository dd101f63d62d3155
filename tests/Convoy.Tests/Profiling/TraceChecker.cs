using System.Text.Json;

namespace Convoy.Tests.Profiling;

/// <summary>
/// What is wrong with a trace, by what the document "Trace Event Format" asks of events and by what a viewer needs to draw them:
/// names of tracks, slices that lie within one another or apart, flows from slice to slice, and counters of numbers.
/// </summary>
internal sealed class TraceChecker
{
    private readonly List<string> _faults = [];
    private readonly List<Event> _events = [];

    private TraceChecker(JsonElement trace)
    {
        if (trace.ValueKind != JsonValueKind.Object || !trace.TryGetProperty("traceEvents", out JsonElement events) || events.ValueKind != JsonValueKind.Array)
        {
            _faults.Add("There is no array 'traceEvents'.");
            return;
        }

        foreach (JsonElement each in events.EnumerateArray())
        {
            Read(each);
        }

        CheckNames();
        foreach (IGrouping<(long, long), Event> track in Slices.GroupBy(slice => slice.Track))
        {
            CheckNesting(track);
        }

        CheckThreads();
        CheckFlows();
        CheckCounters();
    }

    private IEnumerable<Event> Slices => _events.Where(each => each.Kind == "X");

    /// <summary>What is wrong, one sentence each.</summary>
    public static IReadOnlyList<string> Check(JsonElement trace) => new TraceChecker(trace)._faults;

    /// <summary>An event whose fields are there and of their types; what is not goes to the faults.</summary>
    private void Read(JsonElement json)
    {
        int before = _faults.Count;
        string text = json.GetRawText();
        string kind = Text("ph");
        string name = Text("name");
        _ = Text("cat");
        long process = (long)Number("pid");
        long track = (long)Number("tid");
        decimal begin = Number("ts");
        decimal duration = kind == "X" ? Number("dur") : 0;
        long? flow = kind is "s" or "t" or "f" ? (long)Number("id") : null;
        JsonElement arguments = default;
        if (kind is "X" or "C" or "M" && (!json.TryGetProperty("args", out arguments) || arguments.ValueKind != JsonValueKind.Object))
        {
            _faults.Add($"There is no object 'args' in {text}.");
        }

        if (kind is not ("X" or "C" or "M" or "s" or "t" or "f"))
        {
            _faults.Add($"Unknown kind of event: {text}.");
        }

        if (kind == "f" && !(json.TryGetProperty("bp", out JsonElement binding) && binding.ValueEquals("e")))
        {
            _faults.Add($"The flow's end does not belong to the slice it lies in: {text}.");
        }

        if (_faults.Count == before)
        {
            _events.Add(new Event(kind, name, (process, track), begin, begin + duration, flow, arguments, text));
        }

        string Text(string field)
        {
            if (json.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0)
            {
                return value.GetString()!;
            }

            _faults.Add($"There is no text '{field}' in {text}.");
            return "";
        }

        decimal Number(string field)
        {
            if (json.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out decimal number) && number >= 0)
            {
                return number;
            }

            _faults.Add($"There is no number '{field}' of 0 or more in {text}.");
            return 0;
        }
    }

    private void CheckNames()
    {
        HashSet<(string, long)> processes = [.. Named("process_name").Select(each => (Argument(each, "name"), each.Track.Process))];
        HashSet<(string, (long, long))> tracks = [.. Named("thread_name").Select(each => (Argument(each, "name"), each.Track))];
        foreach (long process in _events.Select(each => each.Track.Process).Distinct())
        {
            Require(processes.Count(each => each.Item2 == process) == 1, $"Process {process} has no name, or several.");
            Require(Named("process_sort_index").Count(each => each.Track.Process == process) == 1, $"Process {process} has no place.");
        }

        foreach ((long Process, long Id) track in Slices.Select(slice => slice.Track).Distinct())
        {
            Require(tracks.Count(each => each.Item2 == track) == 1, $"Track {track} has no name, or several.");
            Require(Named("thread_sort_index").Count(each => each.Track == track) == 1, $"Track {track} has no place.");
        }

        Require(tracks.Select(each => (each.Item1, each.Item2.Item1)).Distinct().Count() == tracks.Count, "Two tracks of a process have the same name.");

        IEnumerable<Event> Named(string name) => _events.Where(each => each.Kind == "M" && each.Name == name);

        static string Argument(Event each, string name) => each.Arguments.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";
    }

    private void CheckNesting(IEnumerable<Event> slices)
    {
        var open = new Stack<Event>();
        foreach (Event slice in slices.OrderBy(slice => slice.Begin).ThenByDescending(slice => slice.End))
        {
            while (open.TryPeek(out Event? outer) && outer.End <= slice.Begin)
            {
                open.Pop();
            }

            Require(!open.TryPeek(out Event? parent) || slice.End <= parent.End, $"{slice.Json} begins within {parent?.Json} and ends behind it.");
            open.Push(slice);
        }
    }

    /// <summary>What a thread did for a layer it did while the layer ran.</summary>
    private void CheckThreads()
    {
        foreach (Event slice in Slices)
        {
            if (slice.Arguments.TryGetProperty("layer", out JsonElement layer))
            {
                Require(
                    Slices.Any(each => each.Name == layer.GetString() && each.Track != slice.Track && each.Track.Process == slice.Track.Process
                        && each.Begin <= slice.Begin && slice.End <= each.End),
                    $"{slice.Json} is not within its layer.");
            }
        }
    }

    private void CheckFlows()
    {
        foreach (IGrouping<long, Event> flow in _events.Where(each => each.Flow is not null).GroupBy(each => each.Flow!.Value))
        {
            Event[] points = [.. flow];
            Require(points[0].Kind == "s", $"Flow {flow.Key} does not start first.");
            Require(points[^1].Kind == "f", $"Flow {flow.Key} does not end last.");
            Require(points.Count(point => point.Kind == "s") == 1, $"Flow {flow.Key} does not start once.");
            Require(points.Count(point => point.Kind == "f") == 1, $"Flow {flow.Key} does not end once.");
            Require(points.Select(point => point.Name).Distinct().Count() == 1, $"Flow {flow.Key} has several names.");
            Require(points.Zip(points.Skip(1)).All(pair => pair.First.Begin <= pair.Second.Begin), $"Flow {flow.Key} goes back in time.");
            foreach (Event point in points)
            {
                Require(
                    Slices.Any(slice => slice.Track == point.Track && slice.Begin <= point.Begin && point.Begin <= slice.End),
                    $"A point of flow {flow.Key} is in no slice: {point.Json}.");
            }
        }
    }

    private void CheckCounters()
    {
        foreach (IGrouping<(string, long), Event> counter in _events.Where(each => each.Kind == "C").GroupBy(each => (each.Name, each.Track.Process)))
        {
            Require(
                counter.All(each => each.Arguments.EnumerateObject().Any() && each.Arguments.EnumerateObject().All(series =>
                    series.Value.ValueKind == JsonValueKind.Number && series.Value.GetDouble() >= 0)),
                $"The counter {counter.Key} has what is no number.");
            Require(
                counter.Select(each => string.Join('\n', each.Arguments.EnumerateObject().Select(series => series.Name))).Distinct().Count() == 1,
                $"The counter {counter.Key} has other series at other times.");
        }
    }

    private void Require(bool condition, string fault)
    {
        if (!condition)
        {
            _faults.Add(fault);
        }
    }

    private sealed record Event(
        string Kind, string Name, (long Process, long Id) Track, decimal Begin, decimal End, long? Flow, JsonElement Arguments, string Json);
}
