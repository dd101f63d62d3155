using System.Text;
using System.Text.Json.Nodes;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

public sealed class BenchJsonTests
{
    // What the first version wrote.
    private const string Earliest = """
        [{"model": "lenet5", "device": "native", "device_name": "A processor", "backend": "native", "precision": "fp32", "batch": 8,
          "threads": 2, "images_per_second": 1000, "latency_ms": {"min": 7, "p50": 8, "p90": 9, "p99": 10, "max": 11}, "build_ms": 1,
          "first_run_ms": 2, "peak_native_bytes": 3, "version": "0.1.0", "commit": "abc"}]
        """;

    [Test]
    public void What_an_earlier_version_did_not_tell_is_null()
    {
        BenchResult result = Read(Earliest).Single();
        Assert.That((result.BatchSize, result.Latency!.Min, result.PeakNativeBytes), Is.EqualTo((8, 7.0, 3)));
        Assert.That((result.BatchesInFlight, result.WarmUpMilliseconds, result.SpreadPercent, result.MeasuredOn), Is.EqualTo(((int?)null, (double?)null, (double?)null, (MeasuredOn?)null)));
        Assert.That(result.SliceMilliseconds.IsDefaultOrEmpty && !result.SliceMilliseconds.IsDefault, Is.True);
        Assert.That(result.MemoryGigaBytesPerSecond.IsDefaultOrEmpty && !result.MemoryGigaBytesPerSecond.IsDefault && result.MemoryGigaBytes is null, Is.True);
        Assert.That(BenchComparison.Compare([result], [result], "old.json").Results[0].Comparison, Is.EqualTo(new SpeedChange(1000, 0, Change.NoDifference)));
    }

    [Test]
    public void What_a_later_version_adds_is_passed_over() =>
        Assert.That(Read(Earliest.Replace("\"build_ms\"", "\"more\": [{}], \"build_ms\"", StringComparison.Ordinal)).Single().BuildMilliseconds, Is.EqualTo(1));

    [Test]
    public void Results_are_written_and_read_back_with_the_names_they_always_had()
    {
        BenchResult result = Read(Earliest).Single() with
        {
            SliceMilliseconds = [8, 8.5],
            MemoryGigaBytesPerSecond = [35.5, 58],
            MemoryGigaBytes = 0.25,
            UploadMilliseconds = double.NaN,
            MeasuredOn = MeasuredOn.Here("convoy bench"),
            Comparison = new SpeedChange(900, 11.1, Change.Faster) { MachinePercent = 5.5 },
            Interrupted = true,
        };
        using var json = new MemoryStream();
        BenchJson.Write(json, [result]);
        string text = Encoding.UTF8.GetString(json.ToArray());
        Assert.That(text, Does.Contain("\"slice_ms\": [8, 8.5]").And.Contain("\"memory_gbytes_per_second\": [35.5, 58]").And.Contain("\"machine_percent\": 5.5").And.Contain("\"verdict\": \"faster\"").And.Contain("\"upload_ms\": \"NaN\""));
        Assert.That(JsonNode.Parse(text)![0]!.AsObject().Select(each => each.Key), Is.SupersetOf(JsonNode.Parse(Earliest)![0]!.AsObject().Select(each => each.Key)));
        BenchResult read = Read(text).Single();
        Assert.That(read.SliceMilliseconds, Is.EqualTo(result.SliceMilliseconds));
        Assert.That(read.MemoryGigaBytesPerSecond, Is.EqualTo(result.MemoryGigaBytesPerSecond));
        Assert.That(read with { SliceMilliseconds = result.SliceMilliseconds, MemoryGigaBytesPerSecond = result.MemoryGigaBytesPerSecond }, Is.EqualTo(result));
    }

    [TestCase("\"memory_gbytes_per_second\": [35, 0]")]
    [TestCase("\"memory_gbytes_per_second\": [\"NaN\"]")]
    [TestCase("\"memory_gbytes\": -1")]
    [TestCase("\"memory_gbytes\": \"Infinity\"")]
    [TestCase("\"slice_ms\": [1, -1]")]
    public void Figures_that_are_none_are_refused(string field) =>
        Assert.That(() => Read(Earliest.Replace("\"build_ms\"", $"{field}, \"build_ms\"", StringComparison.Ordinal)), Throws.TypeOf<InvalidDataException>());

    private static IReadOnlyList<BenchResult> Read(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return BenchJson.Read(stream);
    }
}
