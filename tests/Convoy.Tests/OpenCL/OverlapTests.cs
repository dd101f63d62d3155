using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Tests.OpenCL;

/// <summary>Pipelines over an OpenCL device: in which order commands are sent to it, and what becomes of its faults.</summary>
public sealed class OverlapTests : OpenClFixture
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private SessionScenario _scenario = null!;
    private SharedBuilds _builds = null!;

    [OneTimeSetUp]
    public void CreateScenario()
    {
        _scenario = new SessionScenario();
        _builds = new SharedBuilds(Api);
    }

    [OneTimeTearDown]
    public void CloseScenario()
    {
        _scenario?.Dispose();
        _builds?.Dispose();
    }

    [Test]
    public async Task The_next_batch_is_uploaded_before_the_last_is_downloaded()
    {
        const int Batches = 6;
        int read = 0;
        int uploads = 0;
        bool isRunning = false;
        List<string> transfers = [];
        var api = new FaultyClApi(Api)
        {
            Shared = _builds,
            Fails = (_, name) =>
            {
                if (isRunning && name is nameof(ClApi.EnqueueWriteBuffer) or nameof(ClApi.EnqueueReadBuffer))
                {
                    transfers.Add(name);
                }

                if (isRunning && name == nameof(ClApi.EnqueueWriteBuffer) && ++uploads + 1 < Batches)
                {
                    // Not before the next batch waits: that is sure when the one after it is being read.
                    SpinWait.SpinUntil(() => Volatile.Read(ref read) > (uploads + 1) * SessionScenario.BatchSize, Patience);
                }

                return false;
            },
        };
        using InferenceSession session = _scenario.Compile(SessionScenario.FirstDevice(api, Sharing.Separate));
        isRunning = true;
        var pipeline = new BatchPipeline<int>(
            session,
            (item, image) =>
            {
                _scenario.Read(item, image);
                Interlocked.Increment(ref read);
            },
            readThreads: 1);
        await AssertRightAsync(pipeline, Batches * SessionScenario.BatchSize);
        isRunning = false;

        const string Up = nameof(ClApi.EnqueueWriteBuffer);
        const string Down = nameof(ClApi.EnqueueReadBuffer);
        Assert.That(transfers.Take(2 * (Batches - 2)), Is.EqualTo([Up, .. Enumerable.Repeat((string[])[Up, Down], Batches - 2).SelectMany(pair => pair).SkipLast(1)]));
        Assert.That(transfers.Count(each => each == Up), Is.EqualTo(Batches));
        Assert.That(transfers.Count(each => each == Down), Is.EqualTo(Batches));
    }

    [Test]
    public void What_is_in_flight_is_waited_for_before_a_run_comes_back_with_its_failure()
    {
        bool isRunning = false;
        List<string> afterwards = [];
        var api = new FaultyClApi(Api)
        {
            Shared = _builds,
            Fails = (_, name) =>
            {
                if (afterwards.Count > 0 || (isRunning && name == nameof(ClApi.EnqueueReadBuffer)))
                {
                    afterwards.Add(name);
                }

                return afterwards.Count == 1;
            },
        };
        using InferenceSession session = _scenario.Compile(SessionScenario.FirstDevice(api, Sharing.Separate));
        isRunning = true;
        Assert.That(() => _scenario.Run(session), Throws.InstanceOf<ClException>());
        Assert.That(afterwards, Is.EqualTo([nameof(ClApi.EnqueueReadBuffer), nameof(ClApi.Finish), nameof(ClApi.Finish)]), "of both queues");
    }

    [Test]
    public async Task A_fault_at_any_call_hands_what_is_in_flight_to_the_other_device([Values] Sharing sharing)
    {
        const int Items = 41;
        const int Calls = 80;
        using InferenceSession sound = _scenario.Compile(Device.Reference);
        int failures = 0;
        for (int n = 1; n <= Calls; n++)
        {
            int calls = 0;
            int at = n;
            bool isRunning = false;
            string? struck = null;
            var api = new FaultyClApi(Api)
            {
                Shared = _builds,
                Fault = ClStatus.OutOfResources,
                Fails = (_, name) => isRunning && ++calls == at && (struck = name) is not null,
            };
            using (InferenceSession faulty = _scenario.Compile(SessionScenario.FirstDevice(api, sharing)))
            {
                isRunning = true;
                using var clock = new ThreadClock();
                var pipeline = new BatchPipeline<int>([faulty, sound], _scenario.Read) { Clock = clock };
                await AssertRightAsync(pipeline, Items);
                isRunning = false;

                // A release that the driver refuses is counted and stops nothing.
                bool fails = struck?.StartsWith("Release", StringComparison.Ordinal) == false;
                Assert.That(pipeline.FailedDevices.Select(each => each.Device), Is.EqualTo(fails ? [faulty.Device] : Array.Empty<Device>()), $"call {n}, {struck}");
                failures += fails ? 1 : 0;
            }

            Assert.That(api.LiveHandles, Is.Empty, $"call {n}, {struck}");
        }

        Assert.That(failures, Is.GreaterThan(Calls / 4));
    }

    private async Task AssertRightAsync(BatchPipeline<int> pipeline, int count)
    {
        int answered = 0;
        using var patience = new CancellationTokenSource(Patience);
        await foreach (BatchResult<int> result in pipeline.RunAsync(Enumerable.Range(0, count), patience.Token))
        {
            Assert.That(result.Item, Is.EqualTo(answered++));
            Assert.That(result.Error, Is.Null);
            Agreement.AssertClose(result.Scores.ToArray(), _scenario.ExpectedOf(result.Item), $"item {result.Item}");
        }

        Assert.That(answered, Is.EqualTo(count));
    }
}
