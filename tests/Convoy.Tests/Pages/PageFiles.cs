using System.Text;
using Convoy.Models;
using Convoy.Profiling;
using Convoy.Profiling.Pages;

namespace Convoy.Tests.Pages;

/// <summary>Pages that tests look at, made once: of a real profile, of names that nobody should trust, of nothing known, and of a bench.</summary>
internal static class PageFiles
{
    /// <summary>What a file may call its layers.</summary>
    public static readonly string[] NastyNames =
    [
        "</script><script>window.hit=1</script>",
        "<img src=x onerror=window.hit=1>",
        "<!--<script>",
        "&lt;b&gt; \" ' ` ${window.hit=1}",
        "turned \u202e round\n\u2028 and broken",
        new string('x', 300),
        "__proto__",
        "层 \U0001F680",
    ];

    /// <summary>Combinations as a bench prints them; the last tells less than the others.</summary>
    private const string BenchText = """
        [
          {"model":"<b>net</b>","device":"native","device_name":"A processor","precision":"fp32","batch":1,"threads":1,"images_per_second":100,"images_per_second_low":95,"images_per_second_high":104,"latency_ms":{"min":9,"p50":10,"p90":11,"p99":14,"max":20},"peak_native_bytes":1500000,"peak_device_bytes":null,"version":"1.0","commit":"abc"},
          {"model":"<b>net</b>","device":"native","device_name":"A processor","precision":"fp32","batch":8,"threads":1,"images_per_second":150,"images_per_second_low":149,"images_per_second_high":152,"latency_ms":{"min":50,"p50":53,"p90":55,"p99":60,"max":61},"peak_native_bytes":1700000,"peak_device_bytes":null,"version":"1.0","commit":"abc"},
          {"model":"<b>net</b>","device":"native","device_name":"A processor","precision":"fp32","batch":64,"threads":1,"images_per_second":154,"latency_ms":{"min":400,"p50":410,"p90":415,"p99":430,"max":"NaN"},"peak_native_bytes":2700000,"peak_device_bytes":null,"version":"1.0","commit":"abc"},
          {"model":"<b>net</b>","device":"native","device_name":"A processor","precision":"fp32","batch":8,"threads":2,"images_per_second":290,"latency_ms":{"min":27,"p50":27.5,"p90":28,"p99":31,"max":32},"version":"1.0","commit":"abc"},
          {"model":"<b>net</b>","device":"opencl:0","precision":"fp32","threads":4,"batch":8,"images_per_second":80,"first_run_ms":1.25,"other_processes_percent":34.6,"measured_on":{"processor":"A processor </script>","system":"A system","runtime":".NET","version":"1.0","commit":"abc","command":"convoy bench net","time":"2026-11-29T07:00:00+00:00"},"slice_ms":[1,2,3],"comparison":{"images_per_second":70,"change_percent":14.3,"verdict":"faster"},"interrupted":true}
        ]
        """;

    private static readonly TemporaryFolder Folder = new();

    /// <summary>LeNet-5 on plain cores, layer by layer.</summary>
    public static NetworkProfile LeNet { get; } = ProfileLeNet();

    /// <summary>LeNet-5's figures under nasty names, without what was not measured.</summary>
    public static NetworkProfile Nasty { get; } = LeNet with
    {
        Model = NastyNames[0],
        Comparison = new ProfileComparison(
            new TimeChange("wall clock", 2, 1, -50, 5, Change.Faster),
            [new TimeChange(NastyNames[1], 1, 1.5, 50, 7.25, Change.Slower), new TimeChange(NastyNames[2], 1, 1, 0, 5, Change.NoDifference)],
            [NastyNames[1]],
            [NastyNames[5]],
            []),
        DeviceName = NastyNames[1],
        Interrupted = true,
        TimesProblem = $"The times cannot be right: {NastyNames[1]}.",
        PeaksProblem = $"There are no peaks: {NastyNames[2]}.",
        OtherProcessesPercent = CoreUse.BusyPercent,
        Peaks = null,
        MeasuredOn = null,
        WallMilliseconds = double.NaN,
        Layers =
        [
            .. LeNet.Layers.Select((layer, index) => layer with
            {
                Name = NastyNames[index % NastyNames.Length],
                Op = NastyNames[(index + 1) % NastyNames.Length],
                Limit = null,
                Threads = [],
                PercentOfPeak = null,
                PercentOfBandwidth = null,
                Choice = NastyNames[3],
            }),
        ],
        Memory = LeNet.Memory with
        {
            Steps = [.. LeNet.Memory.Steps.Select((_, index) => NastyNames[index % NastyNames.Length])],
            Buffers = [.. LeNet.Memory.Buffers.Select((buffer, index) => buffer with { Name = NastyNames[index % NastyNames.Length] })],
        },
    };

    /// <summary>A bench of two devices, which was interrupted on a busy machine.</summary>
    public static IReadOnlyList<BenchResult> Bench { get; } = ReadBench();

    /// <summary>A profile of one layer, and nothing of what could be left out.</summary>
    public static NetworkProfile Bare { get; } = MadeUpProfile.Of(MadeUpProfile.Layer("only", 1));

    /// <summary>Many layers, most of which lie close together on the roofline.</summary>
    public static NetworkProfile Crowded { get; } = MadeUpProfile.Of(
    [
        .. Enumerable.Range(0, 60).Select(index => MadeUpProfile.Layer($"layer{index}", 1 + (0.01 * index)) with
        {
            ExecutedGigaFlops = 0.02 + (index % 3 * 0.05) + (0.0001 * index),
            GigaBytes = 0.01 / (1 + (index % 3 * 4)),
            PercentOfPeak = 10,
            Percent = 100.0 / 60,
        }),
    ]) with
    {
        Peaks = new DevicePeaks(2, 200, 30) { CacheGigaBytesPerSecond = 120, CacheBytes = 1 << 25 },
    };

    /// <summary>The pages' files by their names.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["profile"] = Save("profile", file => ProfilePage.Write(file, LeNet)),
        ["nasty"] = Save("nasty", file => ProfilePage.Write(file, Nasty)),
        ["bare"] = Save("bare", file => ProfilePage.Write(file, Bare)),
        ["bench"] = Save("bench", file => BenchPage.Write(file, Bench)),
        ["empty bench"] = Save("empty", file => BenchPage.Write(file, [])),
    };

    /// <summary>The page of <see cref="Crowded"/>.</summary>
    public static string CrowdedPage { get; } = Save("crowded", file => ProfilePage.Write(file, Crowded));

    /// <summary>Removes the files.</summary>
    public static void Remove() => Folder.Dispose();

    private static IReadOnlyList<BenchResult> ReadBench()
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(BenchText));
        return BenchJson.Read(json);
    }

    private static string Save(string name, Action<Stream> write)
    {
        string path = Folder[$"{name}.html"];
        using FileStream file = File.Create(path);
        write(file);
        return path;
    }

    private static NetworkProfile ProfileLeNet()
    {
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession session = LeNet5.Create().Compile(
            Device.Native, weights, new SessionOptions { BatchSize = 32, AllowChains = false, Threads = 2 });
        var peaks = new DevicePeaks(2, 200, 30) { CacheGigaBytesPerSecond = 120, CacheBytes = 1 << 25 };
        return session.Profile(new float[32 * session.InputShape.Count], new ProfileOptions { Batches = 3, Peaks = peaks });
    }
}
