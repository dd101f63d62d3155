using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>What bounds layers of which that is known, on one thread, by peaks that nobody measured.</summary>
public sealed class LimitTests
{
    private static readonly DevicePeaks Peaks = new(1, 100, 10)
    {
        CacheGigaBytesPerSecond = 40,
        CacheBytes = 32 << 20,
        LaunchMicroseconds = 2,
    };

    [Test]
    public void A_convolution_of_many_channels_is_bound_by_arithmetic()
    {
        LayerProfile layer = Profile(Shape.Image(512, 16, 16), network => network.Convolution("layer", 512, 1));
        Assert.That(layer.Limit!.Bound, Is.EqualTo(Bound.Arithmetic));
        Assert.That(layer.ExecutedGigaFlops, Is.EqualTo(2e-9 * 256 * 512 * 512).Within(1e-12));
    }

    [Test]
    public void A_fully_connected_layer_of_one_image_is_bound_by_memory_and_weights_would_be_better_shared()
    {
        LayerProfile layer = Profile(Shape.Vector(4096), network => network.FullyConnected("layer", 4096));
        Assert.That(layer.Limit!.Bound, Is.EqualTo(Bound.Memory));
        Assert.That(layer.Limit.Advice, Does.Contain("larger batch").And.Contain("16-bit weights"));
    }

    [Test]
    public void An_image_of_one_pixel_is_bound_by_being_launched()
    {
        LayerProfile layer = Profile(Shape.Image(4, 1, 1), network => network.Convolution("layer", 4, 1));
        Assert.That(layer.Limit!.Bound, Is.EqualTo(Bound.Launch));
        Assert.That(layer.Limit.Percent, Is.InRange(0, 100));
    }

    [Test]
    public void A_small_feature_map_passes_through_the_cache_and_a_large_one_through_memory()
    {
        LayerProfile small = Profile(Shape.Image(64, 64, 64), network => network.Relu("layer"));
        LayerProfile large = Profile(Shape.Image(64, 256, 256), network => network.Relu("layer"));
        Assert.That(small.Limit!.Bound, Is.EqualTo(Bound.Cache));
        Assert.That(large.Limit!.Bound, Is.EqualTo(Bound.Memory));
        Assert.That(large.Limit.Advice, Does.Contain("smaller batch"));
    }

    [Test]
    public void Threads_without_work_wait()
    {
        var listener = new PhaseRecorder();
        listener.OnPhase(
            new PhaseSpan(0, Phase.Compute, null, 0, 1_000_000), [new ThreadSpan(0, 0, 1_000_000, false), new ThreadSpan(1, 0, 50_000, true)]);
        Limit limit = new LimitEstimate(Peaks, 0).Find(listener.Phases, threads: 2)!;
        Assert.That(limit.Bound, Is.EqualTo(Bound.Waiting));
        Assert.That(limit.Percent, Is.EqualTo(47.5).Within(1e-9));
    }

    [Test]
    public void Time_before_the_first_thread_and_behind_the_last_is_the_launchs()
    {
        var listener = new PhaseRecorder();
        listener.OnPhase(
            new PhaseSpan(0, Phase.Compute, null, 0, 1_000_000), [new ThreadSpan(0, 500_000, 800_000, false), new ThreadSpan(1, 400_000, 800_000, false)]);
        Limit limit = new LimitEstimate(Peaks, 0).Find(listener.Phases, threads: 2)!;
        Assert.That(limit.Bound, Is.EqualTo(Bound.Launch));
        Assert.That(limit.Percent, Is.EqualTo(60).Within(1e-9));
    }

    [Test]
    public void Nothing_is_said_of_what_took_no_time_or_without_peaks()
    {
        Assert.That(new LimitEstimate(Peaks, 0).Find([], threads: 1), Is.Null);
        Assert.That(Profile(Shape.Vector(4), network => network.FullyConnected("layer", 4), peaks: null).Limit, Is.Null);
    }

    private static LayerProfile Profile(Shape input, Action<NetworkBuilder> add) => Profile(input, add, Peaks);

    private static LayerProfile Profile(Shape input, Action<NetworkBuilder> add, DevicePeaks? peaks)
    {
        TestDevices.RequireNative();
        var builder = new NetworkBuilder("one layer", input);
        add(builder);
        Network network = builder.Build();
        using WeightSet weights = WeightSet.Random(network, 1);
        using InferenceSession session = network.Compile(
            Device.Native, weights, new SessionOptions { BatchSize = 1, Threads = 1, AllowChains = false, ConvolutionAlgorithm = ConvolutionAlgorithm.Direct });
        return session.Profile(new float[input.Count], 1, peaks).Layers.Single(layer => layer.Name == "layer");
    }
}
