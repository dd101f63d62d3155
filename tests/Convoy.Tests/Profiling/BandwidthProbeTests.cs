using System.Collections.Immutable;
using Convoy.Cli.Commands;
using Convoy.Cli.Measuring;
using Convoy.Cli.Output;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>Reading memory beside a measurement: that there are figures, and where; never how high.</summary>
public sealed class BandwidthProbeTests
{
    [Test]
    public void Memory_is_read_on_any_number_of_threads()
    {
        TestDevices.RequireNative();
        using var probe = new BandwidthProbe();
        foreach (int threads in new[] { 2, 1, 200, 2 })
        {
            Assert.That(probe.Read(threads), Is.GreaterThan(0.1).And.LessThan(1e5));
        }

        Assert.That(() => probe.Read(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        probe.Dispose();
        Assert.That(probe.Read(1), Is.Null);
    }

    [Test]
    public void A_bench_reads_it_before_each_slice_of_what_passes_through_memory_and_a_profile_behind_its_batches()
    {
        TestDevices.RequireNative();
        if (DevicePeaks.Of(Device.Native, 1) is not { CacheGigaBytesPerSecond: not null, CacheBytes: < 200_000_000 and var cacheBytes })
        {
            Assert.Ignore("Skipped: the last-level cache of this machine is not known, or too large for a test to go beyond.");
            return;
        }

        const int inputs = 4096;
        BenchResult wide = Measure((int)(cacheBytes / sizeof(float) / inputs)), narrow = Measure(10);
        Assert.That(wide.SliceMilliseconds, Has.Length.EqualTo(4));
        Assert.That(wide.MemoryGigaBytesPerSecond, Has.Length.EqualTo(4).And.All.Positive);
        Assert.That(wide.MemoryGigaBytes, Is.InRange(0.5e-9 * cacheBytes, 2e-9 * cacheBytes), "its weights");
        Assert.That((narrow.SliceMilliseconds.Length, narrow.MemoryGigaBytes), Is.EqualTo((4, 0.0)));
        Assert.That(narrow.MemoryGigaBytesPerSecond, Is.Empty);

        Assert.That(Profile((int)(cacheBytes / sizeof(float) / inputs), null), Has.Length.EqualTo(6).And.All.Positive);
        Assert.That(Profile(10, null), Is.Empty, "nothing passes through memory");
        Assert.That(Profile(10, new DevicePeaks(1, 1, 1)), Is.Empty, "what was given may be another machine's");

        static ImmutableArray<double> Profile(int outputs, DevicePeaks? peaks)
        {
            Network network = new NetworkBuilder("wide", Shape.Vector(inputs)).FullyConnected("fc", outputs).Build();
            using var weights = WeightSet.Random(network, 1);
            using InferenceSession session = network.Compile(Device.Native, weights, new SessionOptions { BatchSize = 1, Threads = 1 });
            return session.Profile(new float[inputs], new ProfileOptions { Batches = 1, Peaks = peaks }).MemoryGigaBytesPerSecond;
        }

        static BenchResult Measure(int outputs)
        {
            Network network = new NetworkBuilder("wide", Shape.Vector(inputs)).FullyConnected("fc", outputs).Build();
            using var weights = WeightSet.Random(network, 1);
            using var series = new BenchSeries(network, weights, new BenchLength(1e-9, 4));
            series.Measure([new BenchCombination(Device.Native, new SessionOptions { BatchSize = 1, Threads = 1 })], new ProgressCounter(), default);
            return series.Results.Single();
        }
    }
}
