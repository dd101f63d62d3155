using Convoy.Backends.Native;
using Convoy.Profiling;

namespace Convoy.Tests.Profiling;

/// <summary>Peaks are figures that can be, and what else is reported where there are none.</summary>
public sealed class DevicePeaksTests
{
    [Test]
    public void The_cores_peaks_are_measured()
    {
        TestDevices.RequireNative();
        var peaks = DevicePeaks.Measure(Device.Native, 200);
        Assert.Multiple(() =>
        {
            Assert.That(peaks.Threads, Is.EqualTo(Math.Min(200, Environment.ProcessorCount)), "more than processors would take turns");
            Assert.That(peaks.GigaFlopsPerSecond, Is.GreaterThan(0.1).And.LessThan(1e6));
            Assert.That(peaks.GigaBytesPerSecond, Is.GreaterThan(0.1).And.LessThan(1e6));
            Assert.That(peaks.CacheGigaBytesPerSecond, Is.Null.Or.GreaterThan(0.1).And.LessThan(1e6));
            Assert.That(peaks.CacheGigaBytesPerSecond is not null || peaks.Problems.Length > 0);
            Assert.That(peaks.LaunchMicroseconds > 0 || peaks.Problems.Length > 0, "other programs may keep threads from running at once");
            Assert.That(peaks.ShortestMicroseconds > 0 || peaks.Problems.Length > 0);
            Assert.That((peaks.HalfGigaFlopsPerSecond, peaks.HalfReason), Is.EqualTo(((double?)null, "computes in fp32; 16-bit weights are converted in registers")));
            Assert.That(peaks.UploadGigaBytesPerSecond, Is.Null);
            Assert.That(peaks.OtherProcessesPercent is null, Is.EqualTo(ProcessorTimes.Read() is null), "others' share is seen where the system tells");
        });
    }

    [Test]
    public void Of_OpenCL_devices_all_is_measured_that_they_have()
    {
        foreach (Device device in TestDevices.RequireOpenCl())
        {
            var peaks = DevicePeaks.Measure(device, 1);
            Assert.Multiple(() =>
            {
                Assert.That(peaks.Problems, Is.Empty, device.Name);
                Assert.That(peaks.Threads, Is.EqualTo(device.Limits!.ComputeUnits));
                double?[] rates =
                [
                    peaks.GigaFlopsPerSecond, peaks.GigaBytesPerSecond, peaks.UploadGigaBytesPerSecond, peaks.DownloadGigaBytesPerSecond,
                    peaks.LaunchMicroseconds, peaks.ShortestMicroseconds,
                ];
                Assert.That(rates, Is.All.GreaterThan(0).And.All.LessThan(1e7), device.Name);
                Assert.That(peaks.HalfGigaFlopsPerSecond is null, Is.EqualTo(!device.Limits.HasFp16));
                Assert.That(peaks.HalfReason, device.Limits.HasFp16 ? Is.Null : Is.EqualTo("the driver has no cl_khr_fp16"));
                Assert.That(peaks.CacheGigaBytesPerSecond is null, Is.EqualTo(peaks.CacheBytes == 0));
            });
        }
    }

    [Test]
    public void The_reference_device_has_none_and_no_problem()
    {
        Assert.That(DevicePeaks.Of(Device.Reference, 1, out string? problem), Is.Null);
        Assert.That(problem, Is.Null);
        Assert.That(() => DevicePeaks.Measure(Device.Reference, 1), Throws.TypeOf<DeviceException>().With.Message.Contains("'reference' is not there to be fast"));
    }

    [Test]
    public void An_interruption_ends_the_measuring_before_the_next_figure()
    {
        using var cancellation = new CancellationTokenSource();
        List<string> measured = [];
        Assert.That(
            () => DevicePeaks.Of(Device.Native, 1, out _, refresh: true, Begin, cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(measured, Is.EqualTo(new[] { "arithmetic" }));

        void Begin(PeakProgress step)
        {
            measured.Add(step.What);
            cancellation.Cancel();
        }
    }

    [Test]
    public void Without_a_roof_there_are_no_peaks_and_every_reason_is_told()
    {
        var measured = new MeasuredPeaks(1) { Flops = 1e9 };
        measured.MemoryBytes = measured.Try("The bandwidth of memory", double () => throw new BackendException("It is full."));
        Assert.That(
            () => DevicePeaks.From(Device.Native, measured),
            Throws.TypeOf<DeviceException>().With.Message.EqualTo("The device 'native' could not be measured. The bandwidth of memory was not measured: It is full."));
    }

    [Test]
    public void Figures_keep_their_units()
    {
        var measured = new MeasuredPeaks(3)
        {
            Flops = 2e9,
            MemoryBytes = 3e9,
            HalfFlops = 4e9,
            HalfReason = "a reason",
            CacheBytes = 5e9,
            CacheSize = 6,
            UploadBytes = 7e9,
            DownloadBytes = 8e9,
            LaunchSeconds = 9e-6,
            ShortestSeconds = 1e-5,
        };
        var expected = new DevicePeaks(3, 2, 3)
        {
            HalfGigaFlopsPerSecond = 4,
            HalfReason = "a reason",
            CacheGigaBytesPerSecond = 5,
            CacheBytes = 6,
            UploadGigaBytesPerSecond = 7,
            DownloadGigaBytesPerSecond = 8,
            LaunchMicroseconds = 9,
            ShortestMicroseconds = 10,
        };
        var peaks = DevicePeaks.From(Device.Native, measured);
        Assert.That(peaks with { LaunchMicroseconds = 9, ShortestMicroseconds = 10, Problems = expected.Problems }, Is.EqualTo(expected));
        Assert.That(peaks.LaunchMicroseconds, Is.EqualTo(9).Within(1e-9));
        Assert.That(peaks.ShortestMicroseconds, Is.EqualTo(10).Within(1e-9));
    }

    [Test]
    public void A_best_is_settled_once_it_was_reached_three_times()
    {
        var rate = new BestRate();
        foreach ((double next, bool isSettled) in new[] { (100.0, false), (99, false), (50, false), (99.5, true), (110, false), (60, false), (109, false), (108.9, true) })
        {
            rate.Add(next);
            Assert.That(rate.IsSettled, Is.EqualTo(isSettled), $"after {next}");
        }

        Assert.That(rate.Best, Is.EqualTo(110));
    }

    [Test]
    public void A_best_that_is_doubtful_is_not_settled()
    {
        var rate = new BestRate();
        Array.ForEach([7.0, 7, 7], each => rate.Add(each));
        rate.Doubt();
        Assert.That((rate.Best, rate.IsSettled), Is.EqualTo((7.0, false)));
    }

    [Test]
    public void A_mean_is_that_of_all_but_the_slowest_hundredth()
    {
        var rounds = new Queue<double>([.. Enumerable.Repeat(10.0, 99), .. Enumerable.Repeat(20.0, 99), 1e9, 1e6]);
        Assert.That(BestRate.MeanOf(rounds.Count, rounds.Dequeue), Is.EqualTo(15));
    }

    [Test]
    public void Rounds_that_were_disturbed_do_not_count()
    {
        var rate = new BestRate();
        Array.ForEach([7.0, 7, 7], each => rate.Add(each, isDisturbed: true));
        Assert.That(() => rate.Best, Throws.TypeOf<BackendException>().With.Message.Contains("--refresh"));
        Assert.That(rate.IsSettled, Is.False);
        rate.Add(5);
        Assert.That(rate.Best, Is.EqualTo(5));
        Assert.That(rate.IsSettled, Is.False, "it was reached once");
    }

    [Test]
    public void Caches_are_those_of_the_processors_that_the_process_may_use()
    {
        using var folder = new TemporaryFolder();
        folder.Write("status", "Name:\tx\nCpus_allowed_list:\t0-1,3\n");
        for (int i = 0; i < 4; i++)
        {
            Write(i, 0, "1", "Data", "32K", $"{i}");
            Write(i, 1, "1", "Instruction", "64K", $"{i}");
            Write(i, 2, "2", "Unified", "1024K", $"{i}");
            Write(i, 3, "3", "Unified", "16384K", i < 2 ? "0-1" : "2-3");
        }

        Assert.That(ProcessorCaches.Read(folder.Root, folder["status"]), Is.EqualTo(new ProcessorCaches(1 << 20, 32 << 20)));
        folder.Write("status", "Cpus_allowed_list:\t1\n");
        Assert.That(ProcessorCaches.Read(folder.Root, folder["status"]), Is.EqualTo(new ProcessorCaches(1 << 20, 16 << 20)));
        folder.Write("status", "Cpus_allowed_list:\t0-99999999,x,-,1-\n");
        Assert.That(ProcessorCaches.Read(folder.Root, folder["status"]), Is.EqualTo(default(ProcessorCaches)), "what is no list");
        Assert.That(ProcessorCaches.Read(folder["nowhere"], folder["nowhere"]), Is.EqualTo(default(ProcessorCaches)));

        void Write(int processor, int index, string level, string type, string size, string sharers)
        {
            string cache = $"cpu{processor}/cache/index{index}";
            folder.Write($"{cache}/level", $"{level}\n");
            folder.Write($"{cache}/type", $"{type}\n");
            folder.Write($"{cache}/size", $"{size}\n");
            folder.Write($"{cache}/shared_cpu_list", $"{sharers}\n");
        }
    }
}
