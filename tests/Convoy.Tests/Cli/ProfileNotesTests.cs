using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>What stands below a profile's table, and which of its columns a narrow terminal shows.</summary>
public sealed class ProfileNotesTests
{
    private static readonly DevicePeaks Peaks = new(2, 118, 30);

    [Test]
    public void Phases_that_nothing_explains_are_named_with_what_to_try()
    {
        LayerProfile Convolution(string name, double percent) => MadeUpProfile.Layer(name, 10) with
        {
            Algorithm = "winograd-8",
            Limit = new Limit(Bound.Arithmetic, 70, "Fewer."),
            Phases = [Phase("input transform", percent, null), Phase("GEMM", 30, new Limit(Bound.Arithmetic, 70, "Fewer."))],
        };
        NetworkProfile profile = MadeUpProfile.Of(Convolution("conv1", 2.9), Convolution("conv2", 1.1), MadeUpProfile.Layer("prob", 1) with { Percent = 2.9 }) with { Peaks = Peaks };
        string[] notes = NotesOf(profile);
        Assert.That(notes, Has.One.StartsWith("Unclear: input transform of conv1, conv2 (4.0 % of the time). ").And.One.EndsWith("Try --convolution direct, or another --batch."));
        Assert.That(notes, Has.None.Contains("prob"), "it takes too little");
        Assert.That(NotesOf(profile with { Peaks = null }), Has.None.StartsWith("Unclear"), "without peaks nothing is clear");
        NetworkProfile other = MadeUpProfile.Of(MadeUpProfile.Layer("lrn", 1) with { Percent = 3 }) with { Peaks = Peaks };
        Assert.That(NotesOf(other), Has.One.StartsWith("Unclear: lrn (3.0 % of the time). ").And.None.Contains("--convolution"));
    }

    [TestCase(9.9, 0)]
    [TestCase(68, 1)]
    public void A_wide_gap_between_the_layers_has_a_cause_and_a_remedy(double percent, int notes)
    {
        NetworkProfile profile = MadeUpProfile.Of(MadeUpProfile.Layer("chain", 100 - percent)) with { WallMilliseconds = 100 };
        Assert.That(NotesOf(profile), Has.Exactly(notes).Matches("^Between the layers passes 68 % of the wall clock: .*A larger batch"));
    }

    [Test]
    public void Layers_whose_times_spread_are_named_where_they_take_part_of_the_time()
    {
        NetworkProfile profile = MadeUpProfile.Of(
            MadeUpProfile.Layer("wide", 50, spread: 5) with { Percent = 50 },
            MadeUpProfile.Layer("narrow", 48, spread: 4) with { Percent = 48 },
            MadeUpProfile.Layer("small", 2, spread: 2) with { Percent = 2 });
        Assert.That(NotesOf(profile), Has.One.EndsWith(": wide 10 %.").And.None.Contains("narrow").And.None.Contains("small"));
    }

    [Test]
    public void Shapes_make_room_for_what_passes_through_memory()
    {
        LayerProfile layer = MadeUpProfile.Layer("conv", 3) with { Op = "conv+relu+lrn+pool", InputShape = [3, 227, 227], GigaBytes = 1, PercentOfBandwidth = 0 };
        Report report = ProfileReport.CreateReport(MadeUpProfile.Of(layer));
        int bandwidth = report.Columns.Index().Single(each => each.Item.Key == "percent_of_bandwidth").Index;
        Assert.That(report.Rows[0][bandwidth].Text, Is.EqualTo("0.0"), "all bytes come from a cache");
        for (int width = 60; width < 300; width++)
        {
            string[] shown = [.. TableLayout.Create(report, width).Columns.Select(column => report.Columns[column].Key)];
            Assert.That(shown.Contains("percent_of_bandwidth") || !(shown.Contains("input_shape") || shown.Contains("output_shape")), $"at {width}");
        }
    }

    private static PhaseProfile Phase(string name, double percent, Limit? limit) => new() { Name = name, Launches = 1, Milliseconds = percent, Percent = percent, Limit = limit };

    private static string[] NotesOf(NetworkProfile profile) => [.. ProfileReport.CreateReport(profile).Notes];
}
