using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Profiling;
using Convoy.Tests.Cli;

namespace Convoy.Tests.Profiling;

/// <summary>The processor's events in a profile.</summary>
public sealed class CountersTests
{
    private static readonly string[] Keys = ["cycles", "instructions", "instructions_per_cycle", "cache_misses"];

    [TestCase(true)]
    [TestCase(false)]
    public void Events_of_phases_add_up_and_are_asked_for_only_where_wanted(bool countsEvents)
    {
        var asked = new List<bool>();
        var device = new StagedDevice("counting", each =>
        {
            asked.Add(each.Listener?.CountsEvents ?? false);
            each.Listener?.OnPhase(new PhaseSpan(0, Phase.Compute, "first", 0, 3) { Counts = new EventCounts(10, 20, null) }, []);
            each.Listener?.OnPhase(new PhaseSpan(0, Phase.Compute, "first", 4, 6) { Counts = new EventCounts(5, 7, 9) }, []);
        });
        using WeightSet none = WeightSet.FromTensors("none", []);
        Network network = new NetworkBuilder("identity", Shape.Vector(1)).Dropout("nothing", 0).Build();
        using InferenceSession session = network.Compile(device.Device, none, new SessionOptions { BatchSize = 1 });
        NetworkProfile profile = session.Profile([1f], new ProfileOptions { Batches = 1, UsesPeaks = false, CountsEvents = countsEvents });
        Assert.That(asked, Is.All.EqualTo(countsEvents));
        PhaseProfile? phase = profile.Layers.SelectMany(layer => layer.Phases).SingleOrDefault(phase => phase.Name == "first");
        Assert.That(phase?.Counters, Is.EqualTo(new EventCounts(15, 27, null)));
        using var json = new MemoryStream();
        ProfileJson.Write(json, profile);
        json.Position = 0;
        Assert.That(
            ProfileJson.Read(json).Layers.SelectMany(layer => layer.Phases).Select(phase => phase.Counters),
            Is.EqualTo(profile.Layers.SelectMany(layer => layer.Phases).Select(phase => phase.Counters)));
    }

    [Test]
    public void The_table_has_their_columns_only_where_something_was_counted()
    {
        LayerProfile layer = MadeUpProfile.Layer("conv", 1);
        Report without = ProfileReport.CreateReport(MadeUpProfile.Of(layer));
        Report with = ProfileReport.CreateReport(MadeUpProfile.Of(layer with { Counters = new EventCounts(2_000, 5_000, 123) }));
        Assert.That(without.Columns.Select(column => column.Key), Is.SupersetOf(Keys), "programs find them always");
        Assert.That(without.Shown.Select(i => without.Columns[i].Key), Has.None.AnyOf(Keys));
        Assert.That(with.Shown.Select(i => with.Columns[i].Key).Intersect(Keys), Is.EqualTo(new[] { "instructions_per_cycle", "cache_misses" }));
        Assert.That(
            Keys.Select(key => with.Rows[0][with.Columns.IndexOf(with.Columns.Single(column => column.Key == key))].Text),
            Is.EqualTo(new[] { "2,000", "5,000", "2.50", "123" }));
    }

    [TestCase("native")]
    [TestCase("reference")]
    public async Task The_command_counts_or_says_once_why_not(string device)
    {
        if (device == "native")
        {
            TestDevices.RequireNative();
        }

        CliRun run = await CliRun.ConvoyAsync(
            "profile", "lenet5", "--device", device, "--batch", "1", "--runs", "1", "--no-chains", "--counters", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        bool counted = run.Json["layers"]!.AsArray().Any(layer => layer!["counters"] is not null);
        Assert.That(run.ErrorLines.Count(line => line.StartsWith("convoy: --counters counts nothing: ", StringComparison.Ordinal)), Is.EqualTo(counted ? 0 : 1));
    }
}
