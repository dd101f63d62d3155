using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Peaks;
using Silk.NET.OpenCL;

namespace Convoy.Tests.OpenCL;

/// <summary>Measuring a driver that fails, or whose times cannot be right: nothing is thrown, nothing left behind, and it is said.</summary>
public sealed class OpenClPeaksTests : OpenClFixture
{
    [TestCase(nameof(ClApi.CreateContext), "The device was not measured")]
    [TestCase(nameof(ClApi.CreateCommandQueue), "The device was not measured")]
    [TestCase(nameof(ClApi.CreateBuffer), "The bandwidth of memory was not measured")]
    [TestCase(nameof(ClApi.BuildProgram), "Launching a kernel was not measured")]
    [TestCase(nameof(ClApi.Finish), "Copying to the device was not measured")]
    [TestCase(nameof(ClApi.GetEventProfilingInfo), "A kernel that does nothing was not measured")]
    public void A_call_that_fails_costs_what_needs_it(string call, string sentence)
    {
        bool isBuffer = call == nameof(ClApi.CreateBuffer);
        var api = new FaultyClApi(Api) { Fault = ClStatus.OutOfResources, Fails = (_, name) => name == call || (isBuffer && name == nameof(ClApi.CreateProgramWithSource)) };
        MeasuredPeaks peaks = MeasureOn(api);
        Assert.That(peaks.Problems, Has.Some.StartsWith(sentence).And.All.Contains("CL_OUT_OF_RESOURCES"));
        Assert.That((peaks.Flops, peaks.MemoryBytes, peaks.LaunchSeconds), Is.EqualTo(((double?)null, (double?)null, (double?)null)));
        Assert.That(peaks.UploadBytes is not null, Is.EqualTo(call == nameof(ClApi.BuildProgram)), "copying needs no kernel");
    }

    [Test]
    public void A_device_that_is_lost_on_the_way_is_told()
    {
        int fails = int.MaxValue;
        var api = new FaultyClApi(Api) { Fault = ClStatus.DeviceNotAvailable, Fails = (number, _) => number >= fails };
        foreach (int after in new[] { 3, 9, 20, 40 })
        {
            ClDevice device = DeviceOf(api);
            fails = api.Calls.Count + after;
            MeasuredPeaks peaks = OpenClPeaks.Measure(device, null);
            fails = int.MaxValue;
            Assert.That(peaks.Problems, Is.Not.Empty, $"after {after} calls");
            Assert.That(api.LiveHandles, Is.Empty, $"after {after} calls");
        }
    }

    [Test]
    public void Commands_that_end_before_they_begin_or_after_the_clock_are_not_believed()
    {
        AssertNothing(MeasureOn(new FaultyClApi(Api) { Times = _ => 5 }), "before it began");
        AssertNothing(MeasureOn(new FaultyClApi(Api) { Times = name => name == ProfilingInfo.End ? 1000u : 2000u }), "ended 1,000 ns before it began");
    }

    [Test]
    public void Times_are_held_against_the_hosts_clock()
    {
        var api = new FaultyClApi(Api) { Times = name => name == ProfilingInfo.End ? 3_600_000_000_000u : 0u };
        using var context = new ClContext(DeviceOf(api));
        using var queue = new TimedQueue(context);
        using var buffer = ClBuffer.Allocate(context, 4096);
        Assert.That(
            () => queue.Measure(1, signal => queue.Queue.BeginFill(buffer, 0f, 0, 4096, signal: signal)),
            Throws.TypeOf<BackendException>().With.Message.Contains("The driver's times of commands cannot be right: 3,600,000.000 ms"));
    }

    [Test]
    public void A_cache_is_measured_where_the_device_tells_of_one([Values(0ul, 100ul)] ulong bytes)
    {
        var facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.GlobalMemCacheSize] = bytes };
        MeasuredPeaks peaks = MeasureOn(new FaultyClApi(Api) { Facts = facts, Fails = (_, name) => name is nameof(ClApi.BuildProgram) or nameof(ClApi.EnqueueMapBuffer) });
        Assert.That(peaks.CacheBytes, Is.Null);
        Assert.That(peaks.Problems.Count(problem => problem.Contains("cache", StringComparison.Ordinal)), Is.EqualTo(bytes == 0 ? 0 : 1));
        Assert.That(peaks.Problems.Any(problem => problem.EndsWith("of 100 bytes (CL_DEVICE_GLOBAL_MEM_CACHE_SIZE) is too small to tell it from registers.", StringComparison.Ordinal)), Is.EqualTo(bytes > 0));
    }

    [Test]
    public void A_gpus_cache_is_measured_its_own_way()
    {
        var facts = new Dictionary<DeviceInfo, ulong> { [DeviceInfo.Type] = (ulong)ClDeviceType.Gpu, [DeviceInfo.GlobalMemCacheSize] = 3 << 20 };
        MeasuredPeaks peaks = MeasureOn(new FaultyClApi(Api) { Facts = facts, Fails = (_, name) => name == nameof(ClApi.EnqueueMapBuffer) });
        Assert.That(peaks.CacheSize, Is.EqualTo(3 << 20));
        Assert.That(peaks.CacheBytes, Is.Positive, string.Join(' ', peaks.Problems));
    }

    [TestCase(true, 5, 3, 4)]
    [TestCase(true, 16, 9, 21)]
    [TestCase(false, 8, 0, 1)]
    [TestCase(false, 12, 7, 5)]
    public void A_work_item_reads_its_piece_and_then_each_time_the_one_a_turn_further_on(bool isInARow, int pieces, int turn, int repeats)
    {
        const int width = 4;
        const int count = 8;
        const int first = 3;
        const int items = 24;
        using var context = new ClContext(AnyDevice);
        using var queue = new ClQueue(context);
        using ClProgram program = ClProgram.Build(context, KernelSource.Load(OpenClPeaks.File), $"-cl-std=CL1.2 -D WIDTH={width}");
        using ClKernel kernel = program.CreateKernel("read_memory");
        using var memory = ClBuffer.Allocate(context, (first + (pieces * count)) * width * sizeof(float));
        using var results = ClBuffer.Allocate(context, items * sizeof(float));
        float[] numbers = new float[(first + (pieces * count)) * width];
        Array.Fill(numbers, 1e6f, 0, first * width);
        for (int vector = 0; vector < pieces * count; vector++)
        {
            Array.Fill(numbers, isInARow ? vector / count : vector % pieces, (first + vector) * width, width);
        }

        queue.Write<float>(memory, 0, numbers);
        foreach ((string name, int value) in new[]
        {
            ("first", first), ("between", isInARow ? count : 1), ("step", isInARow ? 1 : pieces), ("count", count), ("pieces", pieces), ("turn", turn), ("repeats", repeats),
        })
        {
            kernel.Set(name, value);
        }

        kernel.Set("x", memory);
        kernel.Set("y", results);
        queue.Enqueue(kernel, new WorkSize(items), new WorkSize(1));
        float[] sums = new float[items];
        queue.Read<float>(results, 0, sums);
        Assert.That(sums, Is.EqualTo(Enumerable.Range(0, items).Select(item => (float)Enumerable.Range(0, repeats).Sum(r => (item + (r * turn)) % pieces * count * width))));
    }

    private static ClDevice DeviceOf(FaultyClApi api)
    {
        api.IsArmed = false;
        ClDevice device = ClPlatform.All(api).SelectMany(platform => platform.Devices).First();
        api.IsArmed = true;
        return device;
    }

    private static MeasuredPeaks MeasureOn(FaultyClApi api)
    {
        MeasuredPeaks peaks = OpenClPeaks.Measure(DeviceOf(api), null);
        Assert.That(api.LiveHandles, Is.Empty);
        return peaks;
    }

    private static void AssertNothing(MeasuredPeaks peaks, string reason = "") => Assert.Multiple(() =>
    {
        double?[] all = [peaks.Flops, peaks.HalfFlops, peaks.MemoryBytes, peaks.UploadBytes, peaks.DownloadBytes, peaks.LaunchSeconds, peaks.ShortestSeconds];
        Assert.That(all, Is.All.Null);
        Assert.That(peaks.Problems, Is.Not.Empty.And.All.Contains(reason));
    });
}
