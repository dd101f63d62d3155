using System.Collections.Immutable;
using System.Text.Json;
using Convoy.Models;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>Traces keep to their format, and show what the profile has.</summary>
public sealed class ProfileTraceTests
{
    private const string Nasty = "\"\\</script>\n\u0000\ud800\U0001F600 conv1";

    private static IEnumerable<TestCaseData> EachDevice => TestDevices.OnEach([[]]);

    [TestCaseSource(nameof(EachDevice))]
    public void The_trace_of_each_device_keeps_to_the_format(string device)
    {
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(
            Device.Find(device), weights, new SessionOptions { BatchSize = 4, AllowChains = device != "native" });
        NetworkProfile profile = session.Profile(new float[4 * 1024], new ProfileOptions { Batches = 1, UsesPeaks = false });
        JsonElement[] events = EventsOf(profile);
        Assert.That(
            events.Where(each => IsOf(each, "X", 1)).Select(NameOf),
            Is.SupersetOf(profile.Layers.Where(layer => layer.Milliseconds > 0).Select(layer => layer.Name)));
        Assert.That(events.Count(each => IsOf(each, "s", 1)), Is.EqualTo(1), "a batch of one micro-batch");
        if (profile.Stream is { } stream)
        {
            int batches = stream.Timeline.Spans.Max(span => span.Batch) + 1;
            Assert.That(batches, Is.GreaterThan(stream.BatchesInFlight));
            Assert.That(events.Count(each => IsOf(each, "s", 2)), Is.EqualTo(batches));
        }
    }

    [Test]
    public void Each_micro_batch_flows_through_the_layers_to_where_the_whole_batch_is_taken()
    {
        TestDevices.RequireNative();
        Network network = new NetworkBuilder("wide", new Shape(3, 256, 256))
            .Convolution("conv", 16, 3, padding: 1)
            .MaxPool("pool", 8, 8)
            .FullyConnected("fc", 4)
            .Build();
        using var weights = WeightSet.Random(network, 1);
        using InferenceSession session = network.Compile(Device.Native, weights, new SessionOptions { BatchSize = 16, Threads = 2 });
        NetworkProfile profile = session.Profile(new float[16 * 3 * 256 * 256], new ProfileOptions { Batches = 1, UsesPeaks = false });
        int[] firsts = [.. profile.Timeline.Spans.Where(span => span.Images < 16).Select(span => span.FirstImage).Distinct()];
        Assert.That(firsts, Has.Length.GreaterThan(1), "the feature maps were to be too large for the cache");
        JsonElement[] events = EventsOf(profile);
        Assert.That(events.Count(each => IsOf(each, "s", 1)), Is.EqualTo(firsts.Length));
        Assert.That(
            events.Where(each => NameOf(each) == "fc" && IsOf(each, "X", 1) && each.GetProperty("args").TryGetProperty("op", out _)).ToArray(),
            Has.Length.EqualTo(1));
    }

    [Test]
    public void Flows_pass_all_slices_that_their_images_were_in()
    {
        NetworkProfile profile = Profile(
            ["input", "conv", "fc", "output"],
            [
                Span(0, 0, 0, 4, 0, 1),
                Span(0, 1, 0, 3, 1, 2, "transform"),
                Span(0, 1, 0, 3, 2, 4, "GEMM"),
                Span(0, 1, 3, 1, 4, 5, "GEMM"),
                Span(0, 2, 0, 4, 6, 7),
                Span(1, 3, 0, 0, 8, 9),
            ]);
        JsonElement[] events = EventsOf(profile);
        string[] Way(int flow) =>
        [
            .. from each in events
               where each.TryGetProperty("id", out JsonElement id) && id.GetInt32() == flow
               select $"{each.GetProperty("ph")} {each.GetProperty("tid")} {each.GetProperty("ts")}",
        ];
        Assert.That(Way(0), Is.EqualTo(new[] { "s 0 0", "t 0 1", "t 0 6", "f 1 8" }));
        Assert.That(Way(1), Is.EqualTo(new[] { "s 0 0", "t 0 4", "t 0 6", "f 1 8" }));
        Assert.That(events.Count(each => each.GetProperty("ph").ValueEquals("s")), Is.EqualTo(2));
        Assert.That(
            events.Where(each => IsOf(each, "X", 1)).Select(each => $"{NameOf(each)} {each.GetProperty("ts")} {each.GetProperty("dur")}"),
            Is.EqualTo(new[]
            {
                "input 0 1", "conv 1 3", "transform 1 1", "GEMM 2 2", "conv 4 1", "GEMM 4 1", "fc 6 1", "output 8 1",
            }));
    }

    [Test]
    public void Figures_are_those_of_the_profile()
    {
        LayerProfile layer = MadeUpProfile.Layer("conv", 2) with
        {
            GigaFlops = 1,
            ExecutedGigaFlops = 0.5,
            GigaBytes = 0.25,
            PercentOfPeak = 12.5,
            Phases = [new PhaseProfile { Name = "GEMM", Launches = 1, Milliseconds = 1, ExecutedGigaFlops = 0.5 }],
        };
        NetworkProfile profile = MadeUpProfile.Of(layer) with
        {
            Timeline = new Timeline([new TimelineTrack("queue", false)], [Span(0, 0, 0, 4, 0, 2, "transform"), Span(0, 0, 0, 4, 3, 4, "GEMM")]),
        };
        JsonElement[] arguments = [.. EventsOf(profile).Where(each => IsOf(each, "X", 1)).Select(each => each.GetProperty("args"))];
        Assert.That(arguments, Has.Length.EqualTo(3));
        Assert.That(arguments[0].GetProperty("over_the_batch").GetProperty("gflops_per_second").GetDouble(), Is.EqualTo(500));
        Assert.That(arguments[0].GetProperty("over_the_batch").GetProperty("executed_gflops_per_second").GetDouble(), Is.EqualTo(250));
        Assert.That(arguments[0].GetProperty("over_the_batch").GetProperty("gbytes_per_second").GetDouble(), Is.EqualTo(125));
        Assert.That(arguments[0].GetProperty("over_the_batch").GetProperty("percent_of_peak").GetDouble(), Is.EqualTo(12.5));
        Assert.That(arguments[0].GetProperty("algorithm").GetString(), Is.EqualTo("direct"));
        Assert.That(arguments[1].TryGetProperty("over_the_batch", out _), Is.False, "the profile knows nothing of it");
        Assert.That(arguments[2].GetProperty("over_the_batch").GetProperty("executed_gflops_per_second").GetDouble(), Is.EqualTo(500));
    }

    [Test]
    public void Names_may_hold_anything()
    {
        NetworkProfile profile = Profile([Nasty, "NaN"], [Span(0, 0, 0, 4, 0, 1, $"{Nasty}2"), Span(1, 1, 0, 4, 1, 2)]);
        profile = profile with { Model = Nasty, DeviceName = Nasty, Timeline = profile.Timeline with { Tracks = [new(Nasty, false), new("b", false)] } };
        string expected = Nasty.Replace('\ud800', '\ufffd');
        Assert.That(EventsOf(profile).Where(each => IsOf(each, "X", 1)).Select(NameOf), Is.EqualTo(new[] { expected, $"{expected}2", "NaN" }));
    }

    [Test]
    public void Commands_of_a_queue_that_overlap_are_drawn_beside_one_another()
    {
        NetworkProfile profile = Profile(["a", "b", "c"], [Span(0, 0, 0, 4, 0, 3), Span(0, 1, 0, 4, 2, 5), Span(0, 2, 0, 4, 4, 6), Span(1, 2, 0, 4, 0, 6)]);
        Assert.That(
            EventsOf(profile).Where(each => IsOf(each, "X", 1)).Select(each => (NameOf(each), each.GetProperty("tid").GetInt32())),
            Is.EqualTo(new[] { ("a", 0), ("c", 0), ("b", 1), ("c", 2) }));
    }

    [Test]
    public void What_a_thread_did_lies_within_its_layer_to_the_last_digit()
    {
        // As doubles, 2304.729 + (2584.404 - 2304.729) is more than 2584.404.
        TimelineSpan whole = Span(0, 0, 0, 4, 2304.729, 2584.404);
        NetworkProfile profile = Profile(["a"], [whole, whole with { Track = 2, BeginMicroseconds = 2304.73, IsStolen = true }]);
        JsonElement thread = EventsOf(profile).Single(each => IsOf(each, "X", 1) && each.GetProperty("tid").GetInt32() == 2);
        Assert.That(thread.GetProperty("args").GetProperty("stolen").GetBoolean());
        Assert.That(thread.GetProperty("dur").GetRawText(), Is.EqualTo("279.674"));
    }

    [Test]
    public void Memory_in_use_is_counted_as_the_steps_pass()
    {
        NetworkProfile profile = Profile(
            ["input", "a", "b", "output"], [Span(0, 0, 0, 4, 0, 1), Span(0, 1, 0, 4, 1, 2), Span(0, 2, 0, 4, 3, 4), Span(1, 3, 0, 4, 5, 6)]) with
        {
            Memory = new MemoryProfile(
                100, 20, 3, ["a", "b"],
                [
                    new ArenaBuffer("input", false, 0, 40, -1, 0), new ArenaBuffer("a", false, 40, 30, 0, 1),
                    new ArenaBuffer("a workspace", true, 70, 25, 0, 0), new ArenaBuffer("b", false, 0, 10, 1, 2),
                ]),
        };
        Assert.That(
            EventsOf(profile).Where(each => IsOf(each, "C", 1)).Select(each => $"{each.GetProperty("ts")} {each.GetProperty("args").GetRawText()}"),
            Is.EqualTo(new[]
            {
                """0 {"arena":100,"scratch":20,"packed weights":3}""",
                """0 {"feature maps":40,"workspaces":0}""",
                """1 {"feature maps":70,"workspaces":25}""",
                """3 {"feature maps":40,"workspaces":0}""",
                """5 {"feature maps":10,"workspaces":0}""",
                """6 {"feature maps":0,"workspaces":0}""",
            }));
    }

    [Test]
    public void Batches_in_flight_follow_the_batch_alone_each_a_flow()
    {
        string[] layers = ["input", "conv"];
        var stream = new StreamProfile(2, true, 1, 1, 1, 1, 1)
        {
            Timeline = new Timeline(
                [new TimelineTrack("queue", false), new TimelineTrack("transfers", false)],
                Named(layers, [
                    Span(1, 0, 0, 4, 0, 1), Span(0, 1, 0, 4, 1, 3), Span(1, 0, 0, 4, 1, 2) with { Batch = 1 }, Span(0, 1, 0, 4, 3, 5) with { Batch = 1 },
                ])),
        };
        NetworkProfile profile = Profile(layers, [Span(0, 0, 0, 4, 0, 1), Span(0, 1, 0, 4, 1, 10)]) with { Stream = stream };
        JsonElement[] events = EventsOf(profile);
        Assert.That(
            events.Where(each => IsOf(each, "s", 2) || IsOf(each, "f", 2)).Select(each => $"{each.GetProperty("id")} {NameOf(each)} {each.GetProperty("ts")}"),
            Is.EqualTo(new[] { "1 batch 0, images 0 to 3 10", "1 batch 0, images 0 to 3 11", "2 batch 1, images 0 to 3 11", "2 batch 1, images 0 to 3 13" }));
    }

    [Test]
    public void A_profile_that_makes_no_sense_is_refused()
    {
        TimelineSpan[] wrong =
        [
            Span(3, 0, 0, 4, 0, 1), Span(-1, 0, 0, 4, 0, 1), Span(0, 1, 0, 4, 0, 1), Span(0, -1, 0, 4, 0, 1), Span(0, 0, 0, 4, 2, 1),
            Span(0, 0, 0, 4, -1, 1), Span(0, 0, 0, 4, double.NaN, 1), Span(0, 0, 0, 4, 0, double.PositiveInfinity), Span(0, 0, 1, 4, 0, 1),
            Span(0, 0, int.MaxValue, 4, 0, 1), Span(0, 0, 0, -1, 0, 1),
        ];
        foreach (TimelineSpan span in wrong)
        {
            Assert.That(() => EventsOf(Profile(["a"], [span])), Throws.ArgumentException.With.Message.Contains("The profile's span"), span.ToString());
        }
    }

    private static NetworkProfile Profile(string[] layers, ImmutableArray<TimelineSpan> spans) =>
        MadeUpProfile.Of([.. layers.Select(layer => MadeUpProfile.Layer(layer, 1))]) with
        {
            Timeline = new Timeline(
                [new TimelineTrack("queue", false), new TimelineTrack("transfers", false), new TimelineTrack("thread 0", true)], Named(layers, spans)),
        };

    /// <summary>Spans that have the names of their layers where they have none.</summary>
    private static ImmutableArray<TimelineSpan> Named(string[] layers, ImmutableArray<TimelineSpan> spans) =>
        [.. spans.Select(span => span.Name.Length > 0 ? span : span with { Name = layers.ElementAtOrDefault(span.Layer) ?? "nothing" })];

    private static TimelineSpan Span(int track, int layer, int firstImage, int images, double begin, double end, string name = "") =>
        new(track, layer, name, Phase.Compute, firstImage, images, begin, end);

    /// <summary>The events of a profile's trace, which is held to the format.</summary>
    private static JsonElement[] EventsOf(NetworkProfile profile)
    {
        using var stream = new MemoryStream();
        ProfileTrace.Write(stream, profile);
        using var json = JsonDocument.Parse(stream.ToArray());
        JsonElement trace = json.RootElement.Clone();
        Assert.That(TraceChecker.Check(trace), Is.Empty);
        return [.. trace.GetProperty("traceEvents").EnumerateArray()];
    }

    private static bool IsOf(JsonElement each, string kind, int process) =>
        each.GetProperty("ph").ValueEquals(kind) && each.GetProperty("pid").GetInt32() == process;

    private static string NameOf(JsonElement each) => each.GetProperty("name").GetString()!;
}
