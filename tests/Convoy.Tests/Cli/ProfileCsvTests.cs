using System.Text.Json;
using System.Text.Json.Nodes;
using Convoy.Cli.Output;
using Convoy.Cli.Reports;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>What the CSV of a profile has of its JSON: all that is told of layers, phases and threads, and what they were measured with.</summary>
public sealed class ProfileCsvTests
{
    // Where the columns have other names than the JSON's fields.
    private static readonly Dictionary<string, string> Columns = new()
    {
        ["spread_ms.least"] = "least_ms",
        ["spread_ms.low"] = "low_ms",
        ["spread_ms.median"] = "median_ms",
        ["spread_ms.high"] = "high_ms",
        ["limit.bound"] = "bound",
        ["limit.percent"] = "bound_percent",
        ["limit.advice"] = "advice",
        ["threads.thread"] = "each_thread",
        ["threads.busy_ms"] = "each_thread_busy_ms",
        ["threads.stolen_ms"] = "each_thread_stolen_ms",
        ["threads.waiting_ms"] = "each_thread_waiting_ms",
        ["counters.cycles"] = "cycles",
        ["counters.instructions"] = "instructions",
        ["counters.cache_misses"] = "cache_misses",
    };

    private static readonly LayerProfile Layer = MadeUpProfile.Layer("stem", 3, 0.5) with
    {
        Layers = ["conv1", "pool1"],
        Choice = "as it is the fastest",
        InputShape = [3, 8, 9],
        OutputShape = [4, 7, 6],
        Percent = 60,
        GigaFlops = 2.5,
        ExecutedGigaFlops = 1.25,
        GigaBytes = 0.75,
        MemoryGigaBytes = 0.375,
        PercentOfPeak = 51,
        PercentOfBandwidth = 52,
        Limit = new Limit(Bound.Memory, 53, "A larger batch."),
        Threads = [new ThreadTimes(0, 1.5, 0.25, 0.125), new ThreadTimes(1, 1.25, 0, 0.625)],
        Counters = new EventCounts(101, 102, 103),
        Shares = [new LayerShare("conv1", 90.5), new LayerShare("pool1", 9.5)],
        Phases =
        [
            new PhaseProfile
            {
                Name = "gemm", Launches = 7, Milliseconds = 2, Spread = new Spread(1.5, 2, 2.5) { Least = 1.25 }, Percent = 40, ExecutedGigaFlops = 1, GigaBytes = 0.5,
                MemoryGigaBytes = 0.25, PercentOfPeak = 61, PercentOfBandwidth = 62, Limit = new Limit(Bound.Launch, 63, "Fewer threads."),
                Threads = [new ThreadTimes(0, 1, 0.5, 0.5), new ThreadTimes(1, 2, 0, 0)], Counters = new EventCounts(201, 202, 203),
            },
        ],
    };

    private static readonly NetworkProfile Profile = MadeUpProfile.Of(Layer) with
    {
        Peaks = new DevicePeaks(2, 11, 12) { CacheGigaBytesPerSecond = 13, LaunchMicroseconds = 14 },
        MeasuredOn = MeasuredOn.Here() with { Version = "7.8", Commit = "abc123" },
    };

    [Test]
    public void Nothing_that_is_told_of_layers_phases_and_threads_is_missing()
    {
        Dictionary<string, string>[] rows = Rows();
        JsonNode layer = JsonNode.Parse(JsonSerializer.Serialize(Profile, ProfileJson.TypeInfo))!["layers"]![0]!;
        Assert.That(rows, Has.Length.EqualTo(2));
        AssertTold(layer, rows[0], "name", "layer");
        AssertTold(layer["phases"]![0]!, rows[1], "name", "phase");
    }

    [Test]
    public void Each_row_has_what_it_was_measured_with()
    {
        foreach (Dictionary<string, string> row in Rows())
        {
            Assert.That(
                new[] { "peak_gflops_per_second", "peak_gbytes_per_second", "peak_cache_gbytes_per_second", "launch_us", "version", "commit", "device_name", "backend" }.Select(key => row[key]),
                Is.EqualTo(new[] { "11", "12", "13", "14", "7.8", "abc123", "A device", "native" }));
        }
    }

    [Test]
    public void The_table_shows_input_shapes_where_there_is_room()
    {
        Report report = ProfileReport.CreateReport(Profile);
        int column = report.Columns.Index().Single(each => each.Item.Key == "input_shape").Index;
        Assert.That(report.Rows.Select(row => row[column].Text), Is.EqualTo(new[] { "3 x 8 x 9", "" }));
        Assert.That(TableLayout.Create(report, 1000).Columns, Does.Contain(column));
        Assert.That(TableLayout.Create(report, 80).Columns, Does.Not.Contain(column));
    }

    private static Dictionary<string, string>[] Rows()
    {
        Report report = ProfileReport.CreateReport(Profile);
        Assert.That(report.Columns.Select(column => column.Key), Is.Unique);
        return [.. report.Rows.Select(row => report.Columns.Index().ToDictionary(each => each.Item.Key, each => row[each.Index].Raw))];
    }

    /// <summary>Each field, of whatever depth, has a column with its value.</summary>
    private static void AssertTold(JsonNode node, Dictionary<string, string> row, string nameField, string nameColumn)
    {
        foreach ((string path, string[] values) in FieldsOf(node))
        {
            string column = path == nameField ? nameColumn : Columns.GetValueOrDefault(path, path);
            Assert.That(row, Does.ContainKey(column), $"the JSON's {path}");
            string separator = path.EndsWith("_shape", StringComparison.Ordinal) ? " x " : path == "layers" ? "; " : " ";
            Assert.That(row[column], Is.EqualTo(string.Join(separator, values)), path);
        }
    }

    private static IEnumerable<(string Path, string[] Values)> FieldsOf(JsonNode node)
    {
        foreach ((string name, JsonNode? value) in node.AsObject())
        {
            switch (value)
            {
                case JsonObject inner:
                    foreach ((string path, string[] values) in FieldsOf(inner))
                    {
                        yield return ($"{name}.{path}", values);
                    }

                    break;
                case JsonArray when name == "phases":
                    break;
                case JsonArray shares when name == "shares":
                    yield return (name, [string.Join("; ", shares.Select(share => $"{share!["layer"]} {share["percent"]}"))]);
                    break;
                case JsonArray list when list.All(each => each is JsonObject):
                    foreach (IGrouping<string, string> field in list.SelectMany(each => each!.AsObject()).GroupBy(each => each.Key, each => each.Value!.ToString()))
                    {
                        yield return ($"{name}.{field.Key}", [.. field]);
                    }

                    break;
                case JsonArray list:
                    yield return (name, [.. list.Select(each => each!.ToString())]);
                    break;
                default:
                    yield return (name, [value!.ToString()]);
                    break;
            }
        }
    }
}
