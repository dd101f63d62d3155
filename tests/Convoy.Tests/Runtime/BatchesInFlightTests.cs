namespace Convoy.Tests.Runtime;

/// <summary>Pipelines over devices that have several batches under way at once.</summary>
public sealed class BatchesInFlightTests
{
    private const int BatchSize = 4;
    private const int InFlight = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Network _network = new NetworkBuilder("identity", Shape.Vector(1)).Dropout("nothing", 0).Build();
    private readonly List<InferenceSession> _sessions = [];
    private volatile int _read;

    [TearDown]
    public void DisposeSessions()
    {
        _sessions.ForEach(session => session.Dispose());
        _sessions.Clear();
        _read = 0;
    }

    [Test]
    public async Task The_next_batch_begins_before_the_last_is_answered()
    {
        const int Batches = 10;
        var device = new StagedDevice("device", self => self.WaitUntil(() => self.Entered >= Math.Min(self.Begun + 1, Batches - 1)), InFlight)
        {
            OnEntry = UntilTheNextWaits(() => false, Batches),
        };
        await AssertRightAsync(CreatePipeline(device), Batches * BatchSize);
    }

    [Test]
    public async Task A_run_of_many_batches_has_as_many_in_flight_as_the_device_can()
    {
        List<int> inFlight = [];
        var device = new StagedDevice("device", self => inFlight.Add(self.Entered - self.Done), 3);
        InferenceSession session = Compile(device);
        float[] images = [.. Enumerable.Range(0, 21).Select(i => (float)i)];
        float[] scores = new float[21];
        await Task.Run(() => session.Run(images, scores)).WaitAsync(Patience);
        Assert.That(scores, Is.EqualTo(images));
        Assert.That(inFlight, Is.EqualTo([3, 3, 3, 3, 2, 1]));
        Assert.That(session.BatchesInFlight, Is.EqualTo(3));
    }

    [Test]
    public async Task A_batch_is_answered_at_once_when_no_other_waits()
    {
        var device = new StagedDevice("device", _ => { }, InFlight);
        InferenceSession session = Compile(device);
        int answered = 0;
        var pipeline = new BatchPipeline<int>(session, (item, image) =>
        {
            // The next batch comes only when all before it are answered.
            SpinWait.SpinUntil(() => Volatile.Read(ref answered) >= item / BatchSize * BatchSize, Patience);
            image[0] = item;
        });
        await foreach (BatchResult<int> result in pipeline.RunAsync(Enumerable.Range(0, 5 * BatchSize)))
        {
            Assert.That(result.Item, Is.EqualTo(answered));
            Assert.That(device.Entered, Is.EqualTo((result.Item / BatchSize) + 1));
            Interlocked.Increment(ref answered);
        }

        Assert.That(answered, Is.EqualTo(5 * BatchSize));
    }

    [Test]
    public async Task A_device_that_fails_hands_everything_it_has_in_flight_to_the_others()
    {
        const int Items = 101;
        StagedDevice? broken = null;
        StagedDevice sound = new("sound", self => self.WaitUntil(() => broken!.Failed), InFlight);
        broken = new StagedDevice(
            "broken",
            self =>
            {
                if (self.Begun == 2)
                {
                    Assert.That(self.Entered - self.Done, Is.EqualTo(InFlight));
                    self.Fail();
                }
            },
            InFlight)
        {
            OnEntry = self => self.WaitUntil(() => _read > 3 * BatchSize),
        };
        using var clock = new ThreadClock();
        BatchPipeline<int> pipeline = CreatePipeline(clock, broken, sound);
        await AssertRightAsync(pipeline, Items);
        Assert.That(pipeline.FailedDevices.Select(each => each.Device), Is.EqualTo([broken.Device]));
        Assert.That((broken.Done, broken.Images + sound.Images), Is.EqualTo((1, Items)), "each was computed once");
    }

    [Test]
    public async Task What_the_last_device_had_in_flight_ends_in_its_failure()
    {
        var device = new StagedDevice(
            "device",
            self =>
            {
                if (self.Begun == 3)
                {
                    self.Fail();
                }
            },
            InFlight)
        {
            OnEntry = UntilTheNextWaits(() => false, 5),
        };
        List<int> answered = [];
        await Assert.ThrowsAsync<BackendException>(() => CollectAsync(CreatePipeline(device), 5 * BatchSize, answered).WaitAsync(Patience));
        Assert.That(answered, Is.EqualTo(Enumerable.Range(0, 2 * BatchSize)));
    }

    [Test]
    public async Task A_pipeline_that_always_has_more_lets_others_run_the_session_too()
    {
        bool ran = false;
        var device = new StagedDevice("device", _ => { }, InFlight) { OnEntry = UntilTheNextWaits(() => Volatile.Read(ref ran), int.MaxValue) };
        BatchPipeline<int> pipeline = CreatePipeline(device);
        using var source = new CancellationTokenSource();
        Task endless = CollectAsync(pipeline, int.MaxValue, [], source.Token);
        Assert.That(SpinWait.SpinUntil(() => device.Done > 3, Patience));
        await Task.Run(() =>
        {
            float[] scores = new float[1];
            _sessions[0].Run([7f], scores);
            Assert.That(scores[0], Is.EqualTo(7));
            Volatile.Write(ref ran, true);
        }).WaitAsync(Patience);
        await source.CancelAsync();
        await Assert.CatchAsync<OperationCanceledException>(() => endless.WaitAsync(Patience));
    }

    [Test]
    public async Task Pipelines_may_share_a_session()
    {
        BatchPipeline<int> pipeline = CreatePipeline(new StagedDevice("device", _ => { }, InFlight));
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => AssertRightAsync(pipeline, 203)))).WaitAsync(Patience);
    }

    [Test]
    public void A_pipeline_has_room_for_what_is_in_flight()
    {
        BatchPipeline<int> pipeline = CreatePipeline(
            new StagedDevice("a", _ => { }, 3), new StagedDevice("b", _ => { }), new StagedDevice("c", _ => { }, InFlight));
        Assert.That(pipeline.Slots, Is.EqualTo(3 + 1 + InFlight + 2));
    }

    /// <summary>Holds a batch back until the one after the next is being read: then the next one waits.</summary>
    private Action<StagedDevice> UntilTheNextWaits(Func<bool> isOver, int batches) =>
        self => self.WaitUntil(() => isOver() || self.Entered + 2 >= batches || _read > (self.Entered + 2) * BatchSize);

    private static async Task AssertRightAsync(BatchPipeline<int> pipeline, int count)
    {
        List<int> answered = [];
        await CollectAsync(pipeline, count, answered).WaitAsync(Patience);
        Assert.That(answered, Is.EqualTo(Enumerable.Range(0, count)));
    }

    private static async Task CollectAsync(
        BatchPipeline<int> pipeline, int count, List<int> answered, CancellationToken cancellationToken = default)
    {
        await foreach (BatchResult<int> result in pipeline.RunAsync(Enumerable.Range(0, count), cancellationToken))
        {
            Assert.That(result.Scores.Span[0], Is.EqualTo(result.Item));
            answered.Add(result.Item);
        }
    }

    private BatchPipeline<int> CreatePipeline(params StagedDevice[] devices) => CreatePipeline(TimeProvider.System, devices);

    private BatchPipeline<int> CreatePipeline(TimeProvider clock, params StagedDevice[] devices) => new([.. devices.Select(Compile)], Read, 1)
    {
        Clock = clock,
    };

    private void Read(int item, Span<float> image)
    {
        image[0] = item;
        Interlocked.Increment(ref _read);
    }

    private InferenceSession Compile(StagedDevice device)
    {
        using WeightSet none = WeightSet.FromTensors("none", []);
        InferenceSession session = _network.Compile(device.Device, none, new SessionOptions { BatchSize = BatchSize });
        _sessions.Add(session);
        return session;
    }
}
