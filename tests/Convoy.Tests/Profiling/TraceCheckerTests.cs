using System.Text.Json;
using System.Text.Json.Nodes;

namespace Convoy.Tests.Profiling;

/// <summary>The checker of traces finds what is spoilt in one that was right.</summary>
public sealed class TraceCheckerTests
{
    // A layer of two phases, a thread that works in it, a layer behind it, a flow through both, and a counter.
    private const string Trace = """
        {"traceEvents":[
        {"ph":"M","name":"process_name","cat":"m","pid":1,"tid":0,"ts":0,"args":{"name":"device"}},
        {"ph":"M","name":"process_sort_index","cat":"m","pid":1,"tid":0,"ts":0,"args":{"sort_index":1}},
        {"ph":"M","name":"thread_name","cat":"m","pid":1,"tid":0,"ts":0,"args":{"name":"queue"}},
        {"ph":"M","name":"thread_sort_index","cat":"m","pid":1,"tid":0,"ts":0,"args":{"sort_index":0}},
        {"ph":"M","name":"thread_name","cat":"m","pid":1,"tid":1,"ts":0,"args":{"name":"thread"}},
        {"ph":"M","name":"thread_sort_index","cat":"m","pid":1,"tid":1,"ts":0,"args":{"sort_index":1}},
        {"ph":"X","name":"conv","cat":"c","pid":1,"tid":0,"ts":0,"dur":10.5,"args":{}},
        {"ph":"X","name":"first","cat":"c","pid":1,"tid":0,"ts":0,"dur":4,"args":{}},
        {"ph":"X","name":"second","cat":"c","pid":1,"tid":0,"ts":4,"dur":6.5,"args":{}},
        {"ph":"X","name":"first","cat":"c","pid":1,"tid":1,"ts":1,"dur":2,"args":{"layer":"conv"}},
        {"ph":"X","name":"fc","cat":"c","pid":1,"tid":0,"ts":11,"dur":1,"args":{}},
        {"ph":"s","name":"images","cat":"f","pid":1,"tid":0,"ts":0,"id":7},
        {"ph":"f","name":"images","cat":"f","pid":1,"tid":0,"ts":11,"id":7,"bp":"e"},
        {"ph":"C","name":"memory","cat":"m","pid":1,"tid":0,"ts":0,"args":{"bytes":3}}
        ]}
        """;

    [Test]
    public void A_trace_that_is_right_has_no_faults() => Assert.That(Check(Trace), Is.Empty);

    [TestCase("0, 'args', 'name', '\"other\"'", "")]
    [TestCase("0, 'ph', '\"Q\"'", "Unknown kind")]
    [TestCase("0, 'pid', '2'", "Process 1 has no name")]
    [TestCase("1, 'name', '\"other\"'", "Process 1 has no place")]
    [TestCase("2, 'tid', '5'", "Track (1, 0) has no name")]
    [TestCase("3, 'tid', '5'", "Track (1, 0) has no place")]
    [TestCase("4, 'args', 'name', '\"queue\"'", "the same name")]
    [TestCase("6, 'ts', 'null'", "no number 'ts'")]
    [TestCase("6, 'ts', '-1'", "no number 'ts'")]
    [TestCase("6, 'dur', '\"10\"'", "no number 'dur'")]
    [TestCase("6, 'dur', '10'", "ends behind it")]
    [TestCase("7, 'dur', '4.001'", "ends behind it")]
    [TestCase("7, 'name', '\"\"'", "no text 'name'")]
    [TestCase("7, 'args', '3'", "no object 'args'")]
    [TestCase("9, 'dur', '10'", "not within its layer")]
    [TestCase("9, 'args', 'layer', '\"fc\"'", "not within its layer")]
    [TestCase("11, 'ph', '\"t\"'", "does not start")]
    [TestCase("11, 'ts', '10.7'", "is in no slice")]
    [TestCase("11, 'name', '\"others\"'", "several names")]
    [TestCase("12, 'ph', '\"t\"'", "does not end")]
    [TestCase("12, 'bp', 'null'", "does not belong")]
    [TestCase("12, 'id', '8'", "does not end")]
    [TestCase("12, 'id', 'null'", "no number 'id'")]
    [TestCase("12, 'tid', '1'", "is in no slice")]
    [TestCase("13, 'args', 'bytes', '\"3\"'", "no number")]
    [TestCase("13, 'args', '{}'", "no number")]
    public void A_spoilt_trace_has_that_fault(string spoilt, string fault)
    {
        JsonNode trace = JsonNode.Parse(Trace)!;
        string[] path = spoilt.Replace("'", "", StringComparison.Ordinal).Split(", ");
        JsonNode place = trace["traceEvents"]![int.Parse(path[0], null)]!;
        foreach (string step in path[1..^2])
        {
            place = place[step]!;
        }

        place[path[^2]] = JsonNode.Parse(path[^1]);
        IReadOnlyList<string> faults = Check(trace.ToJsonString());
        Assert.That(string.Join('\n', faults), fault.Length > 0 ? Does.Contain(fault) : Is.Empty);
    }

    [Test]
    public void A_flow_that_goes_back_in_time_and_events_that_are_none_are_found()
    {
        Assert.That(
            Check(Trace.Replace("\"ph\":\"s\"", "\"ph\":\"f\",\"bp\":\"e\"", StringComparison.Ordinal)
                .Replace("\"ts\":11,\"id\":7", "\"ts\":0,\"id\":7", StringComparison.Ordinal)),
            Has.Some.Contains("does not start").And.Some.Contains("does not end once"));
        Assert.That(
            Check(Trace.Replace("\"tid\":0,\"ts\":0,\"id\":7", "\"tid\":0,\"ts\":11.5,\"id\":7", StringComparison.Ordinal)),
            Is.EqualTo(new[] { "Flow 7 goes back in time." }));
        Assert.That(Check("[]"), Is.EqualTo(new[] { "There is no array 'traceEvents'." }));
        Assert.That(Check("""{"traceEvents":{}}"""), Has.Count.EqualTo(1));
    }

    private static IReadOnlyList<string> Check(string trace)
    {
        using var json = JsonDocument.Parse(trace);
        return TraceChecker.Check(json.RootElement);
    }
}
