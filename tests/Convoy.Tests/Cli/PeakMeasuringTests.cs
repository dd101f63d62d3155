using Convoy.Cli.Commands;
using Convoy.Cli.Output;
using Convoy.Profiling;

namespace Convoy.Tests.Cli;

/// <summary>What <c>devices</c> says while it measures, with sources that are made up.</summary>
public sealed class PeakMeasuringTests
{
    private readonly ProgressCounter _counter = new();
    private readonly List<string> _seen = [];

    [SetUp]
    public void Begin() => _seen.Clear();

    [Test]
    public async Task It_is_said_which_device_and_what_of_it_is_measured_and_how_far_it_is()
    {
        ProgressText text = PeakMeasuring.TextFor(3);
        Device[] devices = [Made("quick", "Arithmetic", "The bandwidth of memory"), Made("lost", "Arithmetic"), Made("rich", "Arithmetic", "Copying to the device")];
        var found = await PeakMeasuring.RunAsync(devices, refresh: false, _counter, CancellationToken.None);
        Assert.That(_seen, Is.EqualTo(new[]
        {
            "Measuring (device 1 of 3: quick, arithmetic): 0.00",
            "Measuring (device 1 of 3: quick, the bandwidth of memory): 0.17",
            "Measuring (device 2 of 3: lost, arithmetic): 0.33",
            "Measuring (device 3 of 3: rich, arithmetic): 0.67",
            "Measuring (device 3 of 3: rich, copying to the device): 0.83",
        }));
        Assert.That(devices.Select(device => found[device].Peaks?.GigaFlopsPerSecond), Is.EqualTo(new double?[] { 1, null, 1 }));
        Assert.That(found[devices[1]].Problem, Does.Contain("'lost' could not be measured"));
        Assert.That(text.Describe(_counter, TimeSpan.FromSeconds(3)), Does.EndWith(", 1 failed device"));

        Device Made(string name, params string[] measurements) => new(name, "made up", 1, null, _ => throw new DeviceException("none"), peaks: new Source(
            measurements,
            () => _seen.Add(FormattableString.Invariant($"{text.TitleOf(_counter)}: {text.ShareOf(_counter):F2}"))));
    }

    [Test]
    public async Task An_interruption_ends_it_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        using var gate = new ManualResetEventSlim();
        Device[] devices =
        [
            Made("stuck", () =>
            {
                cancellation.Cancel();
                gate.Wait();
            }),
            Made("next", () => _seen.Add("next")),
        ];
        var found = await PeakMeasuring.RunAsync(devices, refresh: false, _counter, cancellation.Token);
        gate.Set();
        Assert.That(found, Is.Empty);
        Assert.That(_seen, Is.Empty);

        static Device Made(string name, Action begun) => new(name, "made up", 1, null, _ => throw new DeviceException("none"), peaks: new Source(["Arithmetic"], begun));
    }

    [Test]
    public async Task An_interruption_goes_through_to_what_is_measured()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new Source(["Arithmetic", "Memory"], () =>
        {
            _seen.Add("begun");
            cancellation.Cancel();
        });
        Device device = new("long", "made up", 1, null, _ => throw new DeviceException("none"), peaks: source);
        Assert.That(() => PeakMeasuring.Get(device, 1, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        await source.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(_seen, Has.Count.EqualTo(1), "nothing more of it");

        using var second = new CancellationTokenSource();
        source = new Source(["Arithmetic", "Memory"], () =>
        {
            _seen.Add("begun");
            second.Cancel();
        });
        await PeakMeasuring.RunAsync([new("longer", "made up", 1, null, _ => throw new DeviceException("none"), peaks: source)], refresh: false, _counter, second.Token);
        await source.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.That(_seen, Has.Count.EqualTo(2));
    }

    [Test]
    public void What_is_known_already_or_cannot_be_measured_is_not()
    {
        Device known = new("known", "made up", 1, null, _ => throw new DeviceException("none"), peaks: new Source(["Arithmetic", "Memory"], () => { }));
        Assert.That(PeakMeasuring.IsToMeasure(known, refresh: false), Is.True);
        DevicePeaks.Of(known, 1);
        Assert.That(PeakMeasuring.IsToMeasure(known, refresh: false), Is.False);
        Assert.That(PeakMeasuring.IsToMeasure(known, refresh: true), Is.True);
        Assert.That(PeakMeasuring.IsToMeasure(Device.Reference, refresh: true), Is.False);
        Assert.That(PeakMeasuring.IsToMeasure(new Device("gone", "any", 0, "It is gone.", _ => throw new DeviceException("none")), refresh: true), Is.False);
    }

    [Test]
    public async Task Another_process_tells_what_it_measures()
    {
        using var output = new StringWriter();
        output.Write("a driver's words");
        PeakProcess.Report(output, new PeakProgress("arithmetic", 0, 2));
        output.Write("more\nconvoy: measures null");
        PeakProcess.Report(output, new PeakProgress("the bandwidth of memory", 1, 2));
        PeakProcess.Report(output, new PeakMessage("a device", new DevicePeaks(1, 2, 3), true, null));
        using var input = new StringReader(output.ToString());
        List<PeakProgress> steps = [];
        PeakMessage? message = await PeakProcess.ReadAsync(input, () => { }, steps.Add, CancellationToken.None);
        Assert.That(steps, Is.EqualTo(new[] { new PeakProgress("arithmetic", 0, 2), new PeakProgress("the bandwidth of memory", 1, 2) }));
        Assert.That(steps[1].Share, Is.EqualTo(0.5));
        Assert.That(message?.Peaks, Has.Property("GigaFlopsPerSecond").EqualTo(2));
        Assert.That(await PeakProcess.ReadAsync(input, () => { }, steps.Add, CancellationToken.None), Is.Null, "it ended");
        Assert.That(new PeakProgress("what no process would say", 5, -1).Share, Is.Zero);
    }

    /// <summary>Measures nothing, and says what; without a second measurement it has no bandwidth, and fails.</summary>
    private sealed class Source(string[] measurements, Action begun) : IPeakSource
    {
        private readonly TaskCompletionSource _ended = new();

        public bool IsRisky => false;

        public Task Ended => _ended.Task;

        public string? Describe(int threads) => null;

        public MeasuredPeaks Measure(int threads, Action<PeakProgress>? progress)
        {
            var peaks = new MeasuredPeaks(threads)
            {
                Count = measurements.Length,
                Progress = step =>
                {
                    progress?.Invoke(step);
                    begun();
                },
            };
            try
            {
                Array.ForEach(measurements, what => peaks.Try(what, () => 1.0));
            }
            finally
            {
                _ended.SetResult();
            }

            (peaks.Flops, peaks.MemoryBytes) = (1e9, measurements.Length > 1 ? 1e9 : null);
            return peaks;
        }
    }
}
