using System.Text.Json.Nodes;
using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Models;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

public sealed class ProfileComparisonTests
{
    [Test]
    public void What_changes_by_less_than_noise_is_noise()
    {
        NetworkProfile older = MadeUpProfile.Of(MadeUpProfile.Layer("quiet", 10), MadeUpProfile.Layer("noisy", 10, spread: 4));
        NetworkProfile newer = MadeUpProfile.Of(MadeUpProfile.Layer("quiet", 10.4), MadeUpProfile.Layer("noisy", 12.5, spread: 4));
        var comparison = ProfileComparison.Compare(older, newer);
        Assert.That(comparison.Layers.Select(layer => layer.Change), Is.All.EqualTo(Change.NoDifference));
        Assert.That(comparison.Layers.Select(layer => layer.Name), Is.EqualTo(new[] { "quiet", "noisy" }));
        Assert.That(comparison.Layers[0].Percent, Is.EqualTo(4).Within(1e-9));
        Assert.That(comparison.Whole.Name, Is.EqualTo("batch"));
    }

    [TestCase(9, Change.Faster)]
    [TestCase(11, Change.Slower)]
    public void What_changes_by_more_is_found(double milliseconds, Change change)
    {
        NetworkProfile older = MadeUpProfile.Of(MadeUpProfile.Layer("conv1", 10, 0.2), MadeUpProfile.Layer("conv2", 30, 0.2));
        NetworkProfile newer = MadeUpProfile.Of(MadeUpProfile.Layer("conv1", milliseconds, 0.2), MadeUpProfile.Layer("conv2", 30, 0.2));
        var comparison = ProfileComparison.Compare(older, newer);
        Assert.That(comparison.Layers.Select(layer => layer.Change), Is.EqualTo(new[] { change, Change.NoDifference }));
        Assert.That(comparison.StandingOut, Is.EqualTo(new[] { "conv1" }));
    }

    [TestCase(10, 0, Change.Faster, -100)]
    [TestCase(0, 10, Change.Slower, 0)]
    [TestCase(0.001, 0, Change.NoDifference, -100)]
    public void What_took_no_time_is_compared_without_dividing_by_it(double before, double now, Change change, double percent)
    {
        TimeChange layer = ProfileComparison.Compare(MadeUpProfile.Of(MadeUpProfile.Layer("input", before)), MadeUpProfile.Of(MadeUpProfile.Layer("input", now))).Layers.Single();
        Assert.That((layer.Change, layer.Percent, layer.NoisePercent), Is.EqualTo((change, percent, 0)));
    }

    [Test]
    public void More_runs_tell_a_smaller_change()
    {
        Assert.That(ChangeOf(runs: 5), Is.EqualTo(Change.NoDifference));
        Assert.That(ChangeOf(runs: 100), Is.EqualTo(Change.Slower));

        static Change ChangeOf(int runs) => ProfileComparison.Compare(
            MadeUpProfile.Of(MadeUpProfile.Layer("conv1", 10, 2)) with { Batches = runs },
            MadeUpProfile.Of(MadeUpProfile.Layer("conv1", 11, 2)) with { Batches = runs }).Layers.Single().Change;
    }

    [Test]
    public void A_layer_whose_fastest_run_is_as_fast_as_before_is_noise()
    {
        LayerProfile before = MadeUpProfile.Layer("conv1", 10), now = MadeUpProfile.Layer("conv1", 12);
        Assert.That(ChangeOf(9.9, 10), Is.EqualTo(Change.NoDifference));
        Assert.That(ChangeOf(9.9, 11.8), Is.EqualTo(Change.Slower));
        Assert.That(ChangeOf(0, 10), Is.EqualTo(Change.Slower), "an earlier version did not tell");

        Change ChangeOf(double leastBefore, double leastNow) => ProfileComparison.Compare(
            MadeUpProfile.Of(before with { Spread = before.Spread with { Least = leastBefore } }),
            MadeUpProfile.Of(now with { Spread = now.Spread with { Least = leastNow } })).Layers.Single().Change;
    }

    [Test]
    public void Where_the_whole_machine_is_slower_the_layer_that_changed_stands_out()
    {
        NetworkProfile older = MadeUpProfile.Of(MadeUpProfile.Layer("a", 10), MadeUpProfile.Layer("b", 20), MadeUpProfile.Layer("c", 30));
        NetworkProfile newer = MadeUpProfile.Of(MadeUpProfile.Layer("a", 12), MadeUpProfile.Layer("b", 26.4), MadeUpProfile.Layer("c", 36));
        var comparison = ProfileComparison.Compare(older, newer);
        Assert.That(comparison.Layers.Select(layer => layer.Change), Is.All.EqualTo(Change.Slower));
        Assert.That(comparison.StandingOut, Is.EqualTo(new[] { "b" }));
        Assert.That(comparison.RestPercent, Is.EqualTo(20).Within(1e-9));
        Report report = ComparisonReport.CreateReport(comparison, older, newer);
        Assert.That(report.Notes, Is.EqualTo(new[]
        {
            "Changed otherwise than the rest (+20.0 %): b.",
            "Measured too briefly to compare: 3 runs before and 3 now, where a spread takes 4; measure more of them (--runs).",
        }));
        Assert.That(ComparisonReport.CreateReport(comparison, older with { Batches = 4 }, newer with { Batches = 4 }).Notes, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_layer_that_stayed_as_it_was_stands_out_where_the_machine_is_slower()
    {
        NetworkProfile older = MadeUpProfile.Of(MadeUpProfile.Layer("a", 10), MadeUpProfile.Layer("b", 20), MadeUpProfile.Layer("c", 30));
        NetworkProfile newer = MadeUpProfile.Of(MadeUpProfile.Layer("a", 12), MadeUpProfile.Layer("b", 20.2), MadeUpProfile.Layer("c", 36));
        var comparison = ProfileComparison.Compare(older, newer);
        Assert.That(comparison.Layers[1].Change, Is.EqualTo(Change.NoDifference));
        Assert.That(comparison.StandingOut, Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void What_is_no_difference_does_not_stand_out_from_a_rest_that_did_not_change()
    {
        // The fastest batch is as fast; and a rest that drifts by less than noise makes no difference of none.
        LayerProfile before = MadeUpProfile.Layer("b", 20), now = MadeUpProfile.Layer("b", 22);
        LayerProfile[] rest = [MadeUpProfile.Layer("a", 100), MadeUpProfile.Layer("a", 103)];
        Assert.That(StandingOut(before with { Spread = before.Spread with { Least = 20 } }, rest[0], now with { Spread = now.Spread with { Least = 20.1 } }, rest[0]), Is.Empty);
        Assert.That(StandingOut(before, rest[0], MadeUpProfile.Layer("b", 19.4), rest[1]), Is.Empty);
        Assert.That(StandingOut(before, rest[0], now, rest[1]), Is.EqualTo(new[] { "b" }));

        static IEnumerable<string> StandingOut(LayerProfile before, LayerProfile restBefore, LayerProfile now, LayerProfile restNow) =>
            ProfileComparison.Compare(MadeUpProfile.Of(before, restBefore), MadeUpProfile.Of(now, restNow)).StandingOut;
    }

    // AlexNet's fc6 of one image on two cores, whose memory is read at 55 GB/s in one minute and at 31 in another.
    [TestCase(2.4, 55, 4.2, 31, 0.135, "no difference (memory speed)", 77.4)]
    [TestCase(4.2, 31, 2.4, 55, 0.135, "no difference (memory speed)", -43.6)]
    [TestCase(2.4, 55, 5.2, 31, 0.135, "slower", 77.4)]
    [TestCase(2.4, 55, 4.2, 31, 0.02, "slower", 11.7)]
    [TestCase(2.4, 55, 4.2, 54, 0.135, "slower", null)]
    [TestCase(2.4, 55, 2.42, 31, 0.135, "no difference", null)]
    public void What_the_machines_memory_explains_is_no_difference(
        double before, double memoryBefore, double now, double memoryNow, double gigaBytes, string verdict, double? machinePercent)
    {
        NetworkProfile older = Read(before, memoryBefore), newer = Read(now, memoryNow);
        var comparison = ProfileComparison.Compare(older, newer);
        Assert.That(comparison.Layers.Select(layer => ChangeNames.Of(layer)), Is.EqualTo(new[] { verdict, "no difference" }));
        Assert.That(comparison.Layers[0].MachinePercent, machinePercent is null ? Is.Null : Is.EqualTo(machinePercent).Within(0.1));
        Assert.That(comparison.Layers[0].Percent, Is.EqualTo(100 * ((now / before) - 1)).Within(1e-9), "what was measured stays");
        Assert.That(comparison.StandingOut, verdict == "slower" ? Is.EqualTo(new[] { "fc6" }) : Is.Empty);
        Assert.That(ComparisonReport.CreateReport(comparison, older, newer).Notes, machinePercent is null ? Has.None.Contains("Memory was read") : Has.One.EqualTo(
            FormattableString.Invariant($"Memory was read at {memoryBefore:F1} GB/s before, and at {memoryNow:F1} now, which explains {(verdict == "slower" ? "a part of " : "")}fc6 (up to {machinePercent:+0.0;-0.0} %).")));
        foreach (double[] rates in new double[][] { [], [0, 0, 0, 0], [double.NaN] })
        {
            Assert.That(ProfileComparison.Compare(older with { MemoryGigaBytesPerSecond = [.. rates] }, newer).Layers[0].MachinePercent, Is.Null, "nobody read it");
        }

        NetworkProfile Read(double milliseconds, double rate) =>
            MadeUpProfile.Of(MadeUpProfile.Layer("fc6", milliseconds) with { MemoryGigaBytes = gigaBytes }, MadeUpProfile.Layer("conv2", 40)) with
            {
                Batches = 10,
                MemoryGigaBytesPerSecond = [rate, rate, rate, rate],
            };
    }

    [Test]
    public void What_memory_was_read_at_is_written_and_read_back_and_older_profiles_do_not_have_it()
    {
        using var stream = new MemoryStream();
        ProfileJson.Write(stream, MadeUpProfile.Of(MadeUpProfile.Layer("a", 1)) with { MemoryGigaBytesPerSecond = [55.5, 31] });
        stream.Position = 0;
        Assert.That(ProfileJson.Read(stream).MemoryGigaBytesPerSecond, Is.EqualTo(new[] { 55.5, 31 }));
        JsonNode json = JsonNode.Parse(stream.ToArray())!;
        json.AsObject().Remove("memory_gbytes_per_second");
        NetworkProfile older = ProfileJson.Read(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json.ToJsonString())));
        Assert.That(ProfileComparison.Compare(older, older).Layers.Single().Change, Is.EqualTo(Change.NoDifference));
        ProfileJson.Write(stream, older);
    }

    [Test]
    public void Layers_that_only_one_profile_has_are_named()
    {
        var comparison = ProfileComparison.Compare(
            MadeUpProfile.Of(MadeUpProfile.Layer("input", 0), MadeUpProfile.Layer("conv1", 1)),
            MadeUpProfile.Of(MadeUpProfile.Layer("input", 0), MadeUpProfile.Layer("conv2", 1)));
        Assert.That(comparison.OnlyOld, Is.EqualTo(new[] { "conv1" }));
        Assert.That(comparison.OnlyNew, Is.EqualTo(new[] { "conv2" }));
        Assert.That(comparison.Layers.Single().Change, Is.EqualTo(Change.NoDifference), "it takes no time either way");
    }

    [Test]
    public void Profiles_of_another_network_or_batch_are_refused()
    {
        NetworkProfile profile = MadeUpProfile.Of(MadeUpProfile.Layer("input", 1));
        Assert.That(() => ProfileComparison.Compare(profile, profile with { Model = "other" }), Throws.TypeOf<ConvoyException>().With.Message.Contains("'other'"));
        Assert.That(() => ProfileComparison.Compare(profile with { Images = 8 }, profile), Throws.TypeOf<ConvoyException>().With.Message.Contains("batch of 8"));
    }

    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void Times_that_cannot_be_right_are_refused(double milliseconds)
    {
        NetworkProfile profile = MadeUpProfile.Of(MadeUpProfile.Layer("conv1", 1));
        NetworkProfile spoilt = MadeUpProfile.Of(MadeUpProfile.Layer("conv1", milliseconds));
        Assert.That(() => ProfileComparison.Compare(spoilt, profile), Throws.TypeOf<ConvoyException>().With.Message.Contains("older profile has times that cannot be right"));
    }

    [Test]
    public void A_profile_is_written_and_read_back_as_it_was()
    {
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(Device.Native, weights, new SessionOptions { BatchSize = 2, AllowChains = false, Threads = 2 });
        NetworkProfile profile = session.Profile(
            new float[2 * 1024], new ProfileOptions { Batches = 2, Peaks = new DevicePeaks(2, 100, 10) { LaunchMicroseconds = 1 } });
        using var first = new MemoryStream();
        ProfileJson.Write(first, profile);
        first.Position = 0;
        NetworkProfile read = ProfileJson.Read(first);
        using var second = new MemoryStream();
        ProfileJson.Write(second, read);
        Assert.That(second.ToArray(), Is.EqualTo(first.ToArray()));
        Assert.That(ProfileComparison.Compare(profile, read).Layers.Select(layer => layer.Percent), Is.All.Zero);
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("{\"model\":\"m\"}")]
    public void What_is_no_profile_is_refused(string json)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(json));
        Assert.That(() => ProfileJson.Read(stream), Throws.TypeOf<InvalidDataException>());
    }
}
