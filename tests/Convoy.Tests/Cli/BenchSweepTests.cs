using System.Text.Json.Nodes;
using Convoy.Cli.Common;

namespace Convoy.Tests.Cli;

/// <summary>What a bench combines, for how long it measures, and what it compares with; never how fast.</summary>
public sealed class BenchSweepTests
{
    private static readonly string[] Reference = ["bench", "lenet5", "--device", "reference", "--batch", "1"];

    [Test]
    public async Task A_device_with_threads_of_its_own_is_measured_beside_one_whose_threads_are_varied()
    {
        TestDevices.RequireNative();
        CliRun run = await CliRun.ConvoyAsync(
            "bench", "lenet5", "--device", "native,reference", "--threads", "1-2", "--batch", "1-4*4", "--iterations", "1", "--output", "json");
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(
            run.Json.AsArray().Select(each => ((string)each!["device"]!, (int)each["threads"]!, (int)each["batch"]!)),
            Is.EqualTo(new[] { ("native", 1, 1), ("native", 1, 4), ("native", 2, 1), ("native", 2, 4), ("reference", 1, 1), ("reference", 1, 4) }));
        Assert.That(run.Error, Does.StartWith("convoy: The device 'reference' has threads of its own, and is measured with those.\n"));
    }

    [Test]
    public async Task Iterations_are_counted_instead_of_seconds()
    {
        CliRun run = await CliRun.ConvoyAsync([.. Reference, "--iterations", "12", "--output", "json"]);
        Assert.That((int)run.Json[0]!["runs"]!, Is.EqualTo(12));
        Assert.That(run.Json[0]!["slice_ms"]!.AsArray(), Has.Count.EqualTo(6), "two runs each");
        CliRun both = await CliRun.ConvoyAsync([.. Reference, "--iterations", "2", "--seconds", "1"]);
        Assert.That(both.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(both.ErrorLines, Has.Length.EqualTo(1).And.ItemAt(0).Contains("--seconds and --iterations both say how long to measure; give one of them."));
    }

    [Test]
    public async Task A_sweep_of_absurd_size_is_refused_with_its_number()
    {
        CliRun run = await CliRun.ConvoyAsync("bench", "lenet5", "--device", "reference", "--threads", "1-101", "--batch", "1-10");
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.WrongUsage));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.ItemAt(0).Contains("1,010 combinations").And.ItemAt(0).Contains("1,000 is the most"));
    }

    [Test]
    public async Task The_best_batch_is_named_and_the_others_for_people_only()
    {
        string[] command = ["bench", "lenet5", "--device", "reference", "--batch", "1,2", "--iterations", "1"];
        Assert.That((await CliRun.ConvoyAsync(command)).Out, Does.Match(@"reference, fp64, 1 thread: batch [12] is the best \([\d,]+ images/s\), and "));
        Assert.That((await CliRun.ConvoyAsync([.. command, "--output", "csv"])).Out, Does.Not.Contain("best"));
    }

    [Test]
    public async Task A_bench_is_compared_with_an_earlier_one()
    {
        using var folder = new TemporaryFolder();
        CliRun earlier = await CliRun.ConvoyAsync("bench", "lenet5", "--device", "reference", "--batch", "1,2", "--iterations", "3", "--output", "json");
        string old = folder["old.json"];

        // A hundred times as fast before, so that the verdict does not depend on the machine.
        JsonArray before = earlier.Json.AsArray();
        before[0]!["images_per_second"] = (double)before[0]!["images_per_second"]! * 100;
        before[0]!["slice_ms"] = new JsonArray([.. before[0]!["slice_ms"]!.AsArray().Select(each => (JsonNode)((double)each! / 100))]);
        await File.WriteAllTextAsync(old, before.ToJsonString());
        string[] command = ["bench", "lenet5", "--device", "reference", "--batch", "1,3", "--iterations", "3", "--compare", old];
        CliRun json = await CliRun.ConvoyAsync([.. command, "--output", "json"]);
        Assert.That(json.ExitCode, Is.Zero);
        JsonNode comparison = json.Json[0]!["comparison"]!;
        Assert.That(comparison.AsObject().Select(each => each.Key), Is.EqualTo(new[] { "images_per_second", "change_percent", "verdict" }));
        Assert.That((double)comparison["images_per_second"]!, Is.EqualTo((double)before[0]!["images_per_second"]!));
        Assert.That((double)comparison["change_percent"]!, Is.Negative);
        Assert.That((string)comparison["verdict"]!, Is.EqualTo("slower"));
        Assert.That(json.Json[1]!["comparison"], Is.Null);
        Assert.That(json.Error, Does.Contain($"convoy: {old} has nothing to compare with 'lenet5, reference, fp64, 1 thread, batch 3'.\n"));
        Assert.That(json.Error, Does.Contain($"convoy: 'lenet5, reference, fp64, 1 thread, batch 2' was measured in {old} and not now.\n"));

        CliRun table = await CliRun.ConvoyAsync(command);
        Assert.That(table.Out, Does.Contain("verdict").And.Match(@"slower by \d\d\.\d %"));
        CliRun csv = await CliRun.ConvoyAsync([.. command, "--output", "csv"]);
        Assert.That(csv.Out, Does.Contain(",images_per_second_before,change_percent,verdict,").And.Contain(",slower,"));
    }

    [Test]
    public async Task A_page_goes_to_the_output_with_the_figures_in_it()
    {
        CliRun run = await CliRun.ConvoyAsync([.. Reference, "--iterations", "1", "--output", "html"]);
        Assert.That(run.ExitCode, Is.Zero);
        Assert.That(run.Out, Does.StartWith("<!doctype html>").IgnoreCase.And.Contains("\"images_per_second\":").And.Contains("</html>"));
        Assert.That(run.Out, Does.Match("\"command\": ?\"convoy ").And.Match("\"processor\": ?\"."));
        CliRun other = await CliRun.ConvoyAsync("devices", "--output", "html");
        Assert.That(other.ExitCode, Is.EqualTo(ExitCode.WrongUsage), "other commands have none");
    }

    [TestCase("")]
    [TestCase("null")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("[null]")]
    [TestCase("[1]")]
    [TestCase("[[[[")]
    [TestCase("""[{"model": "lenet5", "device": "reference"}]""")]
    [TestCase("""[{"model": null, "device": "d", "precision": "fp64", "batch": 1, "threads": 1, "images_per_second": 5}]""")]
    [TestCase("""[{"model": "m", "device": "d", "precision": "fp64", "batch": 99999999999, "threads": 1, "images_per_second": 5}]""")]
    [TestCase("""[{"model": "m", "device": "d", "precision": "fp64", "batch": 0, "threads": 1, "images_per_second": 5}]""")]
    [TestCase("""[{"model": "m", "device": "d", "precision": "fp64", "batch": 1, "threads": 1, "images_per_second": 0}]""")]
    [TestCase("""[{"model": "m", "device": "d", "precision": "fp64", "batch": 1, "threads": 1, "images_per_second": "NaN"}]""")]
    [TestCase("""[{"model": "m", "device": "d", "precision": "fp64", "batch": 1, "threads": 1, "images_per_second": 5, "slice_ms": [1, -1]}]""")]
    [TestCase("""[{"model": "m", "device": "d", "precision": "fp64", "batch": 1, "threads": 1, "images_per_second": 5, "slice_ms": [1, "Infinity"]}]""")]
    public async Task What_is_no_result_of_a_bench_is_not_compared_with(string content)
    {
        using var folder = new TemporaryFolder();
        folder.Write("old.json", content);
        CliRun run = await CliRun.ConvoyAsync([.. Reference, "--compare", folder["old.json"]]);
        Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed));
        Assert.That(run.ErrorLines, Has.Length.EqualTo(1));
        Assert.That(run.ErrorLines[0], Does.StartWith($"convoy: error: {folder["old.json"]} is no result that --compare reads: ").And.EndWith(" Make one with 'convoy bench MODEL --output json'."));
    }

    [Test]
    public async Task A_file_that_cannot_be_read_is_not_compared_with()
    {
        using var folder = new TemporaryFolder();
        foreach (string path in new[] { folder["nowhere.json"], folder.Root })
        {
            CliRun run = await CliRun.ConvoyAsync([.. Reference, "--compare", path]);
            Assert.That(run.ExitCode, Is.EqualTo(ExitCode.Failed), path);
            Assert.That(run.ErrorLines, Has.Length.EqualTo(1).And.ItemAt(0).Contains("name a file that 'convoy bench --output json' wrote."));
        }
    }
}
