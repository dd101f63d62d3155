namespace Convoy.Tests.Runtime;

/// <summary>One stream of items over several devices: order, sharing, and what becomes of a device that fails.</summary>
public sealed class SharedWorkloadTests
{
    private const int BatchSize = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Network _network = new NetworkBuilder("identity", Shape.Vector(2)).Dropout("nothing", 0).Build();
    private readonly List<InferenceSession> _sessions = [];
    private readonly List<DeviceFailure> _told = [];
    private ThreadClock _clock = null!;

    [SetUp]
    public void StopTheClock() => _clock = new ThreadClock();

    [TearDown]
    public void DisposeSessions()
    {
        _sessions.ForEach(session => session.Dispose());
        _sessions.Clear();
        _clock.Dispose();
        _told.Clear();
    }

    [Test]
    public async Task Answers_come_in_the_order_of_the_items_from_devices_of_very_different_speed()
    {
        StagedDevice? slow = null;
        StagedDevice fast = new("fast", self => self.WaitUntil(() => slow!.Begun > 0));
        slow = new StagedDevice("slow", self => self.WaitUntil(() => fast.Done >= 3 * self.Begun));
        await AssertRightAsync(Share(fast, slow).RunAsync(Endless()), 400);
        Assert.That(slow.Begun, Is.Positive);
    }

    [TestCase(2)]
    [TestCase(3)]
    public async Task Every_device_computes_at_the_same_time(int count)
    {
        List<StagedDevice> devices = [];
        devices.AddRange(Enumerable.Range(0, count).Select(i => new StagedDevice(
            $"device {i}", self => self.WaitUntil(() => devices.TrueForAll(each => each.Begun > 0)))));
        await AssertRightAsync(Share([.. devices]).RunAsync(Enumerable.Range(0, 100)), 100);
        Assert.That(devices.Sum(each => each.Images), Is.EqualTo(100), "each was computed once");
    }

    [Test]
    public async Task A_device_that_is_slow_beyond_use_has_its_part_and_leaves_the_rest()
    {
        StagedDevice? slow = null;
        StagedDevice fast = new("fast", self =>
        {
            self.WaitUntil(() => slow!.Begun > 0);
            _clock.Pass(0.001 * self.BatchImages);
        });
        slow = new StagedDevice("slow", self =>
        {
            self.WaitUntil(() => fast.Done > 3);
            _clock.Pass(self.BatchImages);
        });
        await AssertRightAsync(Share(slow, fast).RunAsync(Enumerable.Range(0, 400)), 400);
        Assert.That((slow.Images, fast.Images), Is.EqualTo((1, 399)));
    }

    [Test]
    public async Task A_slow_device_takes_parts_of_batches_while_a_fast_one_fills_the_rest()
    {
        List<int> parts = [];
        int before = 0;
        StagedDevice? slow = null;
        StagedDevice fast = new("fast", self =>
        {
            self.WaitUntil(() => self.Done < 4 * slow!.Begun);
            _clock.Pass(0.001 * self.BatchImages);
        });
        slow = new StagedDevice("slow", self =>
        {
            self.WaitUntil(() => fast.Images >= before + (2 * BatchSize));
            parts.Add(self.BatchImages);
            _clock.Pass(0.003 * self.BatchImages);
        })
        {
            OnEntry = _ => before = fast.Images,
        };

        // The other fills two batches in 8 ms, in which the slow one does 2.7 images.
        await AssertRightAsync(Share(slow, fast).RunAsync(Endless()), 400);
        Assert.That(parts, Has.Count.GreaterThan(10).And.Some.EqualTo(2).And.All.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task Sessions_of_different_batch_sizes_share_the_items()
    {
        StagedDevice small = new("small", _ => { });
        StagedDevice large = new("large", self => self.WaitUntil(() => small.Begun > 0));
        Compile(small.Device, 3);
        Compile(large.Device, 8);
        await AssertRightAsync(new BatchPipeline<int>(_sessions, Fill) { Clock = _clock }.RunAsync(Enumerable.Range(0, 103)), 103);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    public async Task A_device_that_fails_hands_its_batch_to_the_others_and_is_told_once(int batch)
    {
        StagedDevice broken = new("broken", self =>
        {
            if (self.Begun == batch)
            {
                self.Fail();
            }
        });
        StagedDevice sound = new("sound", self => self.WaitUntil(() => broken.Failed || broken.Begun >= self.Begun));
        BatchPipeline<int> pipeline = Share(broken, sound);
        await AssertRightAsync(pipeline.RunAsync(Enumerable.Range(0, 101)), 101);
        Assert.That(_told, Has.Count.EqualTo(1));
        Assert.That(_told[0].Device, Is.SameAs(broken.Device));
        Assert.That(_told[0].Error.Message, Is.EqualTo("broken is lost"));
        Assert.That(pipeline.FailedDevices, Is.EqualTo(_told));
        Assert.That(broken.Done, Is.EqualTo(batch - 1));

        await AssertRightAsync(pipeline.RunAsync(Enumerable.Range(0, 20)), 20);
        Assert.That(broken.Begun, Is.EqualTo(batch), "it is used no more");
        Assert.That(_told, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_device_that_fails_in_the_very_last_batch_still_finds_another()
    {
        StagedDevice? broken = null;
        StagedDevice sound = new("sound", self => self.WaitUntil(() => broken!.Begun > 0));
        broken = new StagedDevice("broken", self =>
        {
            self.WaitUntil(() => sound.Images == (2 * BatchSize) - self.BatchImages);
            self.Fail();
        });
        await AssertRightAsync(Share(sound, broken).RunAsync(Enumerable.Range(0, 2 * BatchSize)), 2 * BatchSize);
        Assert.That(sound.Images, Is.EqualTo(2 * BatchSize));
    }

    [Test]
    public async Task When_all_fail_at_once_the_last_ones_failure_is_thrown()
    {
        List<StagedDevice> devices = [];
        BatchPipeline<int>? pipeline = null;
        int begun = 0;
        devices.AddRange(Enumerable.Range(0, 3).Select(i => new StagedDevice($"device {i}", self =>
        {
            // The one with the first batch fails first, and hands it to others that cannot compute it either.
            bool isFirst = Interlocked.Increment(ref begun) == 1;
            self.WaitUntil(() => isFirst ? begun == devices.Count : pipeline!.FailedDevices.Count > 0);
            self.Fail();
        })));
        pipeline = Share(FillInTurn(() => begun, devices.Count), [.. devices]);
        BackendException e = (await Assert.ThrowsAsync<BackendException>(() => CollectAsync(pipeline.RunAsync(Endless()), 1000).WaitAsync(Patience)))!;
        Assert.That(e.Message, Does.EndWith("is lost"));
        Assert.That(pipeline.FailedDevices.Select(each => each.Device), Is.EqualTo(devices.Select(each => each.Device)));
        Assert.That(_told, Has.Count.EqualTo(2));
        Assert.That(_told.Select(each => each.Error), Has.None.SameAs(e));
        await Assert.ThrowsAsync<BackendException>(() => CollectAsync(pipeline.RunAsync([1]), 1).WaitAsync(Patience));
    }

    [Test]
    public async Task What_was_computed_before_the_last_device_failed_is_answered()
    {
        StagedDevice broken = new("broken", self =>
        {
            if (self.Begun == 3)
            {
                self.Fail();
            }
        });
        BatchPipeline<int> pipeline = Share(broken);
        await using IAsyncEnumerator<BatchResult<int>> results = pipeline.RunAsync(Endless()).GetAsyncEnumerator();
        for (int i = 0; i < 2 * BatchSize; i++)
        {
            Assert.That(await results.MoveNextAsync().AsTask().WaitAsync(Patience));
            AssertRight(results.Current, i);
        }

        Assert.That(async () => await results.MoveNextAsync(), Throws.InstanceOf<BackendException>().With.Message.EqualTo("broken is lost"));
        Assert.That(_told, Is.Empty);
    }

    [Test]
    public async Task A_disposed_session_is_the_callers_error_and_no_devices()
    {
        BatchPipeline<int> pipeline = Share(new StagedDevice("sound", _ => { }), new StagedDevice("disposed", _ => { }));
        _sessions[1].Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => CollectAsync(pipeline.RunAsync(Endless()), int.MaxValue).WaitAsync(Patience));
        Assert.That(pipeline.FailedDevices, Is.Empty);
    }

    [Test]
    public async Task A_cancellation_stops_all_devices()
    {
        using var source = new CancellationTokenSource();
        List<StagedDevice> devices = [];
        devices.AddRange(Enumerable.Range(0, 2).Select(i => new StagedDevice($"device {i}", self =>
        {
            self.WaitUntil(() => devices.TrueForAll(each => each.Begun > 0));
            source.Cancel();
            self.WaitUntil(() => false);
        })));
        await Assert.CatchAsync<OperationCanceledException>(
            () => CollectAsync(Share([.. devices]).RunAsync(Endless(), source.Token), 1000).WaitAsync(Patience));
    }

    [Test]
    public async Task Leaving_early_stops_the_devices_that_still_compute()
    {
        List<StagedDevice> devices = [];
        devices.AddRange(Enumerable.Range(0, 2).Select(i => new StagedDevice($"device {i}", self =>
            self.WaitUntil(() => self.Begun < 3 && devices.TrueForAll(each => each.Begun >= self.Begun)))));
        BatchPipeline<int> pipeline = Share([.. devices]);
        await foreach (BatchResult<int> first in pipeline.RunAsync(Endless()))
        {
            AssertRight(first, 0);
            devices.ForEach(each => each.WaitUntil(() => each.Begun == 3));
            break;
        }

        Assert.That(devices.Select(each => each.Begun), Is.All.EqualTo(3));
        Assert.That(devices.Select(each => each.Done), Is.All.LessThanOrEqualTo(3));
    }

    [Test]
    public async Task No_more_items_are_asked_for_than_there_are_slots()
    {
        int asked = -1;
        int answered = -1;
        BatchPipeline<int> pipeline = Share(new StagedDevice("a", _ => { }), new StagedDevice("b", _ => { }));
        Assert.That(pipeline.Slots, Is.EqualTo(4));
        await foreach (BatchResult<int> result in pipeline.RunAsync(Enumerable.Range(0, 500).Select(item => asked = item)))
        {
            answered = result.Item;
            Assert.That(asked, Is.LessThan(answered + ((pipeline.Slots + 2) * BatchSize)));
        }

        Assert.That(answered, Is.EqualTo(499));
    }

    [Test]
    public void Sessions_that_do_not_fit_are_refused_in_a_sentence()
    {
        InferenceSession session = Compile(Device.Reference, 1);
        using WeightSet none = WeightSet.FromTensors("none", []);
        Network wider = new NetworkBuilder("wider", Shape.Vector(3)).Dropout("nothing", 0).Build();
        using InferenceSession other = wider.Compile(Device.Reference, none, new SessionOptions());
        Assert.That(() => new BatchPipeline<int>([], Fill), Throws.ArgumentException.With.Message.Contains("no session"));
        Assert.That(() => new BatchPipeline<int>([session, session], Fill), Throws.ArgumentException.With.Message.Contains("given twice"));
        Assert.That(() => new BatchPipeline<int>([session, other], Fill), Throws.ArgumentException.With.Message.Contains("different networks"));
    }

    private static IEnumerable<int> Endless() => Enumerable.Range(0, int.MaxValue);

    private static void Fill(int item, Span<float> image)
    {
        image[0] = item;
        image[1] = item * 2;
    }

    /// <summary>Fills as the other, but reads a batch only when all before it were begun: the first to begin has the first batch.</summary>
    private static ImageReader<int> FillInTurn(Func<int> begun, int devices) => (item, image) =>
    {
        int earlier = Math.Min(item / BatchSize, devices);
        SpinWait.SpinUntil(() => begun() >= earlier, Patience);
        Fill(item, image);
    };

    private static async Task<List<BatchResult<int>>> CollectAsync(IAsyncEnumerable<BatchResult<int>> results, int count)
    {
        List<BatchResult<int>> all = [];
        await foreach (BatchResult<int> each in results)
        {
            all.Add(each);
            if (all.Count == count)
            {
                break;
            }
        }

        return all;
    }

    private static async Task AssertRightAsync(IAsyncEnumerable<BatchResult<int>> results, int count)
    {
        List<BatchResult<int>> all = await CollectAsync(results, count).WaitAsync(Patience);
        Assert.That(all, Has.Count.EqualTo(count));
        foreach ((int index, BatchResult<int> result) in all.Index())
        {
            AssertRight(result, index);
        }
    }

    private static void AssertRight(BatchResult<int> result, int index)
    {
        Assert.That(result.Item, Is.EqualTo(index));
        Assert.That(result.Error, Is.Null);
        Assert.That(result.Scores.ToArray(), Is.EqualTo(new float[] { index, index * 2 }));
    }

    private BatchPipeline<int> Share(params StagedDevice[] devices) => Share(Fill, devices);

    private BatchPipeline<int> Share(ImageReader<int> read, params StagedDevice[] devices)
    {
        Array.ForEach(devices, each => Compile(each.Device, BatchSize));
        return new BatchPipeline<int>(_sessions, read) { DeviceFailed = _told.Add, Clock = _clock };
    }

    private InferenceSession Compile(Device device, int batch)
    {
        using WeightSet none = WeightSet.FromTensors("none", []);
        InferenceSession session = _network.Compile(device, none, new SessionOptions { BatchSize = batch });
        _sessions.Add(session);
        return session;
    }
}
