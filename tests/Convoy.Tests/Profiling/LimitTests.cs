using Convoy.Models;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>What bounds layers of which that is known, on one thread, by peaks that nobody measured.</summary>
public sealed class LimitTests
{
    private static readonly Headroom Roomy = new(HasThreads: true, HasSmallerWeights: true);

    private static readonly DevicePeaks Peaks = new(1, 100, 10)
    {
        CacheGigaBytesPerSecond = 40,
        CacheBytes = 32 << 20,
        ShortestMicroseconds = 2,
    };

    [Test]
    public void A_convolution_of_many_channels_is_bound_by_arithmetic()
    {
        RecordedPhase phase = Record(Shape.Image(512, 16, 16), network => network.Convolution("layer", 512, 1));
        Assert.That(phase.Span.Work.Operations, Is.EqualTo(2.0 * 256 * 512 * 512));
        Assert.That(LimitOf(phase, microseconds: 1600)!.Bound, Is.EqualTo(Bound.Arithmetic));
    }

    [Test]
    public void A_fully_connected_layer_of_one_image_is_bound_by_memory_and_weights_would_be_better_shared()
    {
        RecordedPhase phase = Record(Shape.Vector(4096), network => network.FullyConnected("layer", 4096));
        Limit limit = LimitOf(phase, microseconds: 8000)!;
        Assert.That(limit.Bound, Is.EqualTo(Bound.Memory));
        Assert.That(limit.Advice, Does.Contain("larger batch").And.Contain("16-bit weights"));
        Assert.That(LimitOf(phase, microseconds: 8000, hasHeadroom: false)!.Advice, Does.Contain("larger batch").And.Not.Contain("16-bit weights"), "which it cannot have");
    }

    [Test]
    public void An_image_of_one_pixel_is_bound_by_being_launched()
    {
        RecordedPhase phase = Record(Shape.Image(4, 1, 1), network => network.Convolution("layer", 4, 1));
        Limit limit = LimitOf(phase, microseconds: 3)!;
        Assert.That(limit.Bound, Is.EqualTo(Bound.Launch));
        Assert.That(limit.Percent, Is.EqualTo(200.0 / 3).Within(1e-9));
    }

    [Test]
    public void A_small_feature_map_passes_through_the_cache_and_a_large_one_through_memory()
    {
        Limit small = LimitOf(Record(Shape.Image(64, 64, 64), network => network.Relu("layer")), microseconds: 80)!;
        Assert.That(small.Bound, Is.EqualTo(Bound.Cache));
        Assert.That(small.Advice, Does.StartWith("Feature maps pass through the cache"), "it has no other algorithm");
        Limit large = LimitOf(Record(Shape.Image(64, 256, 256), network => network.Relu("layer")), microseconds: 4000)!;
        Assert.That(large.Bound, Is.EqualTo(Bound.Memory));
        Assert.That(large.Advice, Does.Contain("Feature maps"));
    }

    [Test]
    public void Where_nobody_measured_the_cache_all_bytes_are_the_memorys()
    {
        RecordedPhase phase = Record(Shape.Image(64, 64, 64), network => network.Relu("layer"));
        Limit? limit = new LimitEstimate(Peaks with { CacheGigaBytesPerSecond = null }, 0, default(Headroom)).Find([Lasting(phase, 250)], threads: 1);
        Assert.That(limit!.Bound, Is.EqualTo(Bound.Memory));
    }

    [Test]
    public void What_explains_less_than_a_quarter_of_the_time_does_not_bound_it() =>
        Assert.That(LimitOf(Record(Shape.Image(64, 64, 64), network => network.Relu("layer")), microseconds: 5000), Is.Null);

    [Test]
    public void Of_the_bandwidth_counts_what_passes_through_memory()
    {
        const long Millisecond = 1_000_000;
        var device = new StagedDevice("phases", each =>
        {
            each.Listener?.OnPhase(new PhaseSpan(0, Phase.Compute, "memory", 0, 300 * Millisecond) { Work = new PhaseWork(0, 1.5e9, 0, 0) }, []);
            each.Listener?.OnPhase(new PhaseSpan(0, Phase.Compute, "cache", 300 * Millisecond, 400 * Millisecond) { Work = new PhaseWork(0, 1.5e7, 0, 0) }, []);
        });
        using WeightSet none = WeightSet.FromTensors("none", []);
        Network network = new NetworkBuilder("one layer", Shape.Vector(4)).Relu("layer").Build();
        using InferenceSession session = network.Compile(device.Device, none, new SessionOptions { BatchSize = 1 });
        LayerProfile layer = session.Profile(new float[4], new ProfileOptions { Batches = 1, Peaks = Peaks }).Layers[1];
        Assert.That(layer.Phases.Where(phase => phase.Name is "memory" or "cache").Select(phase => phase.PercentOfBandwidth), Is.EqualTo(new[] { 50.0, 0 }).Within(1e-9));
        Assert.That(layer.PercentOfBandwidth, Is.EqualTo(100 * layer.MemoryGigaBytes!.Value / (layer.Milliseconds / 1e3) / Peaks.GigaBytesPerSecond).Within(1e-9));
        Assert.That(layer.GigaBytesPerSecond, Is.GreaterThan(layer.MemoryGigaBytes!.Value / (layer.Milliseconds / 1e3)));
    }

    [Test]
    public void A_layer_is_bound_by_what_its_longest_phase_is_bound_by()
    {
        const long Millisecond = 1_000_000;
        var device = new StagedDevice("phases", each =>
        {
            var memory = new PhaseSpan(0, Phase.Compute, "memory", 0, 300 * Millisecond) { Work = new PhaseWork(0, 2.9e9, 0, 0) };
            var arithmetic = new PhaseSpan(0, Phase.Compute, "arithmetic", 300 * Millisecond, 500 * Millisecond) { Work = new PhaseWork(1.9e10, 0, 0, 0) };
            each.Listener?.OnPhase(memory, []);
            each.Listener?.OnPhase(arithmetic, []);
        });
        using WeightSet none = WeightSet.FromTensors("none", []);
        Network network = new NetworkBuilder("one layer", Shape.Vector(4)).Relu("layer").Build();
        using InferenceSession session = network.Compile(device.Device, none, new SessionOptions { BatchSize = 1 });
        LayerProfile layer = session.Profile(new float[4], new ProfileOptions { Batches = 1, Peaks = Peaks }).Layers[1];
        Assert.That(layer.Phases.Where(phase => phase.Name is "memory" or "arithmetic").Select(phase => phase.Limit?.Bound), Is.EqualTo(new Bound?[] { Bound.Memory, Bound.Arithmetic }));
        Assert.That(layer.Limit!.Bound, Is.EqualTo(Bound.Memory));
    }

    [Test]
    public void More_threads_and_smaller_weights_are_advised_only_where_there_are_any()
    {
        TestDevices.RequireNative();
        using WeightSet weights = PretrainedWeights.LeNet5();
        using InferenceSession full = LeNet5.Create().Compile(
            Device.Native, weights, new SessionOptions { BatchSize = 1, Threads = Environment.ProcessorCount, WeightPrecision = WeightPrecision.Float16 });
        Assert.That(Headroom.Of(full), Is.EqualTo(default(Headroom)));
        using InferenceSession one = LeNet5.Create().Compile(Device.Native, weights, new SessionOptions { BatchSize = 1, Threads = 1 });
        Assert.That(Headroom.Of(one), Is.EqualTo(new Headroom(Environment.ProcessorCount > 1, HasSmallerWeights: true)));
        using InferenceSession reference = LeNet5.Create().Compile(Device.Reference, weights, new SessionOptions { BatchSize = 1 });
        Assert.That(Headroom.Of(reference), Is.EqualTo(default(Headroom)));
    }

    [Test]
    public void Threads_without_work_wait()
    {
        var listener = new PhaseRecorder();
        listener.OnPhase(
            new PhaseSpan(0, Phase.Compute, null, 0, 1_000_000), [new ThreadSpan(0, 0, 1_000_000, false), new ThreadSpan(1, 0, 50_000, true)]);
        Limit limit = new LimitEstimate(Peaks, 0, Roomy).Find(listener.Phases, threads: 2)!;
        Assert.That(limit.Bound, Is.EqualTo(Bound.Waiting));
        Assert.That(limit.Percent, Is.EqualTo(47.5).Within(1e-9));
    }

    [Test]
    public void Time_before_the_first_thread_and_behind_the_last_is_the_launchs()
    {
        var listener = new PhaseRecorder();
        listener.OnPhase(
            new PhaseSpan(0, Phase.Compute, null, 0, 1_000_000), [new ThreadSpan(0, 500_000, 800_000, false), new ThreadSpan(1, 400_000, 800_000, false)]);
        Limit limit = new LimitEstimate(Peaks, 0, Roomy).Find(listener.Phases, threads: 2)!;
        Assert.That(limit.Bound, Is.EqualTo(Bound.Launch));
        Assert.That(limit.Percent, Is.EqualTo(60).Within(1e-9));
    }

    [Test]
    public void Nothing_is_said_of_what_took_no_time()
    {
        Assert.That(new LimitEstimate(Peaks, 0, Roomy).Find([], threads: 1), Is.Null);
    }

    private static Limit? LimitOf(RecordedPhase phase, long microseconds, bool hasHeadroom = true) =>
        new LimitEstimate(Peaks, packedBytes: 64 << 20, hasHeadroom ? Roomy : default).Find([Lasting(phase, microseconds)], threads: 1);

    /// <summary>The phase as if it had taken so long; a machine that runs tests takes as long as it likes.</summary>
    private static RecordedPhase Lasting(RecordedPhase phase, long microseconds) =>
        new(phase.Span with { BeginNanoseconds = 0, EndNanoseconds = microseconds * 1000 }, []);

    /// <summary>What the only phase of the only layer of a network does, on the native device.</summary>
    private static RecordedPhase Record(Shape input, Action<NetworkBuilder> add)
    {
        TestDevices.RequireNative();
        var builder = new NetworkBuilder("one layer", input);
        add(builder);
        Network network = builder.Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        using InferenceSession session = network.Compile(
            Device.Native, weights, new SessionOptions { BatchSize = 1, Threads = 1, AllowChains = false, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct });
        var recorder = new PhaseRecorder();
        session.Run(new float[input.Count], new float[session.OutputShape.Count], recorder);
        return recorder.Phases.Single(phase => phase.Span.Step == 0);
    }
}
