using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>A profile from code has what the command prints: peaks and bounds, batches in flight, and what others took, on devices that are made up.</summary>
public sealed class SessionProfileTests
{
    private const int Batches = 2;
    private const long Second = 1_000_000_000;

    private readonly List<ProfileProgress> _progress = [];
    private static int _devices;

    private ProfileStage[] Stages => [.. _progress.Select(each => each.Stage).Distinct()];

    [SetUp]
    public void Begin() => _progress.Clear();

    [Test]
    public void A_profile_has_peaks_bounds_and_batches_in_flight_by_itself()
    {
        var source = new Source(4e9);
        StagedDevice device = Made(source, batchesInFlight: 2);
        NetworkProfile profile = Profile(device);
        Assert.That(profile.Peaks?.GigaFlopsPerSecond, Is.EqualTo(4));
        Assert.That(profile.Layers[1].PercentOfPeak, Is.EqualTo(50).Within(1), "it does 2 GFLOP/s");
        Assert.That(profile.Layers[1].Limit?.Bound, Is.EqualTo(Bound.Arithmetic));
        Assert.That(profile.Stream?.BatchesInFlight, Is.EqualTo(2));
        Assert.That((profile.PeaksProblem, profile.Interrupted), Is.EqualTo(((string?)null, false)));
        Assert.That(Stages, Is.EqualTo(new[] { ProfileStage.Batches, ProfileStage.Stream, ProfileStage.Peaks }));
        Assert.That(
            _progress.Where(each => each.Stage == ProfileStage.Peaks),
            Is.EqualTo(new[] { new ProfileProgress(ProfileStage.Peaks, 0, 2) { What = "arithmetic" }, new(ProfileStage.Peaks, 1, 2) { What = "memory" } }));

        _progress.Clear();
        Assert.That(Profile(device).Peaks, Is.EqualTo(profile.Peaks), "they are known from then on");
        Assert.That(Stages, Has.None.EqualTo(ProfileStage.Peaks));
    }

    [Test]
    public void What_is_not_wanted_is_not_measured()
    {
        var source = new Source(4e9);
        StagedDevice device = Made(source, batchesInFlight: 2);
        NetworkProfile profile = Profile(device, new ProfileOptions { Batches = Batches, UsesPeaks = false, MeasuresStream = false, Progress = _progress.Add });
        Assert.That((profile.Peaks, profile.PeaksProblem, profile.Stream, profile.Layers[1].Limit), Is.EqualTo(((DevicePeaks?)null, (string?)null, (StreamProfile?)null, (Limit?)null)));
        Assert.That(Stages, Is.EqualTo(new[] { ProfileStage.Batches }));

        var given = new DevicePeaks(1, 1, 1);
        Assert.That(Profile(device, new ProfileOptions { Batches = Batches, Peaks = given }).Layers[1].PercentOfPeak, Is.EqualTo(200).Within(2), "the caller's count as they are");
        Assert.That(source.Measured, Is.Zero);
    }

    [Test]
    public void A_peak_that_is_exceeded_is_measured_again_and_the_batches_are_not()
    {
        var source = new Source(1e9, 3e9);
        StagedDevice device = Made(source);
        NetworkProfile profile = Profile(device);
        Assert.That(profile.Peaks?.GigaFlopsPerSecond, Is.EqualTo(3));
        Assert.That(profile.Layers[1].PercentOfPeak, Is.EqualTo(200.0 / 3).Within(1));
        Assert.That((source.Measured, device.Entered), Is.EqualTo((2, 1 + Batches)));
    }

    [Test]
    public void A_peak_that_is_exceeded_by_a_phase_alone_is_measured_again()
    {
        NetworkProfile profile = Profile(Made(new Source(1e9, 3e9), work: device => Work(device, ("fast", 2e9), ("idle", 0), ("idle", 0))));
        Assert.That(profile.Layers[1].ExecutedGigaFlopsPerSecond, Is.EqualTo(2.0 / 3).Within(0.02), "the layer does not exceed the first one");
        Assert.That(profile.Peaks?.GigaFlopsPerSecond, Is.EqualTo(3));
        Assert.That(profile.Layers[1].Phases.Single(phase => phase.Name == "fast").PercentOfPeak, Is.EqualTo(200.0 / 3).Within(1));
    }

    [Test]
    public void Phases_that_exceed_a_peak_count_together_where_each_takes_next_to_no_time()
    {
        (string, double)[] slow = [.. Enumerable.Repeat(("slow", 1e8), 196)];
        Assert.That(PeakWith(("a", 2e9), ("b", 2e9)), Is.EqualTo(3), "1 % of the time");
        Assert.That(PeakWith(("a", 2e9)), Is.EqualTo(1), "noise");

        double? PeakWith(params (string, double)[] fast) => Profile(Made(new Source(1e9, 3e9), work: device => Work(device, [.. fast, .. slow]))).Peaks?.GigaFlopsPerSecond;
    }

    [Test]
    public void Peaks_that_are_exceeded_again_are_taken_away_and_it_is_said()
    {
        StagedDevice device = Made(new Source(1e9, 1.5e9));
        NetworkProfile profile = Profile(device);
        Assert.That(profile.Peaks, Is.Null);
        Assert.That(profile.PeaksProblem, Does.Contain("below what its layers do").And.Contains("convoy devices --refresh"));
        Assert.That(profile.Layers.Select(layer => (layer.PercentOfPeak, layer.PercentOfBandwidth, layer.Limit)), Is.All.EqualTo(((double?)null, (double?)null, (Limit?)null)));
        Assert.That(profile.Layers[1].ExecutedGigaFlopsPerSecond, Is.EqualTo(2).Within(0.02));
        Assert.That(device.Entered, Is.EqualTo(1 + Batches));
    }

    [Test]
    public void Why_there_are_no_peaks_is_said_but_for_the_reference_device()
    {
        Assert.That(Profile(new StagedDevice("unmeasured", Work)).PeaksProblem, Does.Contain("'unmeasured'"));
        Assert.That(Profile(Device.Reference).PeaksProblem, Is.Null);
    }

    [Test]
    public void An_interruption_while_peaks_are_measured_takes_nothing_else()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new Source(4e9);
        NetworkProfile profile = Profile(Made(source), Cancelling(cancellation, each => each.Stage == ProfileStage.Peaks), cancellation.Token);
        Assert.That((profile.Interrupted, profile.Batches, profile.Peaks, profile.PeaksProblem), Is.EqualTo((true, Batches, (DevicePeaks?)null, (string?)null)));
        Assert.That(source.Measured, Is.EqualTo(1), "only its first figure");
        Assert.That(_progress.Count(each => each.Stage == ProfileStage.Peaks), Is.EqualTo(1));
    }

    [Test]
    public void An_interruption_between_batches_leaves_out_what_follows()
    {
        using var cancellation = new CancellationTokenSource();
        NetworkProfile profile = Profile(Made(new Source(4e9), batchesInFlight: 2), Cancelling(cancellation, each => each.Done == Batches), cancellation.Token);
        Assert.That((profile.Interrupted, profile.Batches, profile.Peaks, profile.Stream), Is.EqualTo((true, Batches, (DevicePeaks?)null, (StreamProfile?)null)));
        Assert.That(Stages, Is.EqualTo(new[] { ProfileStage.Batches }));
    }

    [TestCase(0)]
    [TestCase(2)]
    public void An_interruption_while_the_devices_clock_is_in_doubt_goes_through(int done)
    {
        using var cancellation = new CancellationTokenSource();
        var device = new StagedDevice("doubtful", Dawdle) { HasOwnClock = true };
        ProfileOptions options = Cancelling(cancellation, each => each.Stage == ProfileStage.ClockCheck && each.Done == done);
        Assert.That(() => Profile(device, options, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Stages, Is.EqualTo(new[] { ProfileStage.Batches, ProfileStage.ClockCheck }));
        Assert.That(device.Entered, Is.EqualTo(1 + Batches + done));
    }

    [Test]
    public void A_clock_in_doubt_is_checked_by_further_batches_and_the_hosts_taken()
    {
        var device = new StagedDevice("faulty", Dawdle) { HasOwnClock = true };
        NetworkProfile profile = Profile(device, new ProfileOptions { Batches = Batches, UsesPeaks = false, Progress = _progress.Add });
        Assert.That(profile.TimesProblem, Does.StartWith("The driver's times of commands cannot be right"));
        Assert.That(Stages, Is.EqualTo(new[] { ProfileStage.Batches, ProfileStage.ClockCheck, ProfileStage.HostTimedBatches }));
        Assert.That(_progress.Where(each => each.Stage == ProfileStage.HostTimedBatches).Select(each => (each.Done, each.Count)), Is.EqualTo(new[] { (0, 2), (1, 2), (2, 2) }));
    }

    [Test]
    public void What_others_took_of_the_cores_is_seen_where_the_system_tells()
    {
        var busy = new StagedDevice("busy", _ => Thread.Sleep(150));
        Assert.That(Profile(busy).OtherProcessesPercent is null, Is.EqualTo(ProcessorTimes.Read() is null));
        Assert.That(MadeUpProfile.Of(MadeUpProfile.Layer("a", 1)) with { OtherProcessesPercent = 10 }, Has.Property("IsDisturbed").True);
    }

    private ProfileOptions Cancelling(CancellationTokenSource cancellation, Predicate<ProfileProgress> when) => new()
    {
        Batches = Batches,
        Progress = each =>
        {
            _progress.Add(each);
            if (when(each))
            {
                cancellation.Cancel();
            }
        },
    };

    private NetworkProfile Profile(StagedDevice device, ProfileOptions? options = null, CancellationToken cancellationToken = default) =>
        Profile(device.Device, options, cancellationToken);

    private NetworkProfile Profile(Device device, ProfileOptions? options = null, CancellationToken cancellationToken = default)
    {
        Network network = new NetworkBuilder("one", Shape.Vector(1)).FullyConnected("fc", 1).Build();
        using var weights = WeightSet.Random(network, 1);
        using InferenceSession session = network.Compile(device, weights, new SessionOptions { BatchSize = 1 });
        return session.Profile([1f], options ?? new ProfileOptions { Batches = Batches, Progress = _progress.Add }, cancellationToken);
    }

    private static StagedDevice Made(Source source, int batchesInFlight = 1, Action<StagedDevice>? work = null) =>
        new($"made up {Interlocked.Increment(ref _devices)}", work ?? Work, batchesInFlight, peaks: source);

    /// <summary>Takes the host far longer than what the device tells of, even where something holds that up.</summary>
    private static void Dawdle(StagedDevice device) => Thread.Sleep(20);

    /// <summary>Does 2 GFLOP/s for a second, it says, beside which nothing else counts.</summary>
    private static void Work(StagedDevice device) => Work(device, ("work", 2e9));

    /// <summary>Does so many operations in each phase of a second, it says.</summary>
    private static void Work(StagedDevice device, params ReadOnlySpan<(string Name, double Operations)> phases)
    {
        long begin = PhaseTimer.Now;
        foreach ((string name, double operations) in phases)
        {
            device.Listener?.OnPhase(new PhaseSpan(0, Phase.Compute, name, begin, begin + Second) { Work = new PhaseWork(operations, 0, 0, 0) }, []);
            begin += Second;
        }
    }

    /// <summary>Measures one speed after the other, and no two at the same.</summary>
    private sealed class Source(params double[] speeds) : IPeakSource
    {
        public int Measured { get; private set; }

        public bool IsRisky => false;

        public string? Describe(int threads) => null;

        public MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress)
        {
            var peaks = new MeasuredPeaks(threads) { Count = 2, Progress = progress };
            double speed = speeds[Measured++];
            peaks.Flops = peaks.Try("Arithmetic", () => speed);
            peaks.MemoryBytes = peaks.Try("Memory", () => 1e12);
            return peaks;
        }
    }
}
