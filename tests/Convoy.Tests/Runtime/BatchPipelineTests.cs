namespace Convoy.Tests.Runtime;

public sealed class BatchPipelineTests
{
    private InferenceSession _session = null!;

    [OneTimeSetUp]
    public void CompileIdentity()
    {
        Network network = new NetworkBuilder("identity", Shape.Vector(2)).Dropout("nothing", 0).Build();
        using WeightSet none = WeightSet.FromTensors("none", []);
        _session = network.Compile(Device.Native, none, new SessionOptions { BatchSize = 4, Threads = 1 });
    }

    [OneTimeTearDown]
    public void DisposeSession() => _session.Dispose();

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4)]
    [TestCase(103)]
    public async Task Answers_come_in_the_order_of_the_items(int count)
    {
        var pipeline = new BatchPipeline<int>(_session, Fill, 3);
        List<float> answers = [];
        await foreach (BatchResult<int> result in pipeline.RunAsync(Enumerable.Range(0, count)))
        {
            Assert.That(result.Item, Is.EqualTo(answers.Count));
            answers.Add(result.Scores.Span[1]);
        }

        Assert.That(answers, Is.EqualTo(Enumerable.Range(0, count).Select(i => i * 2f)));
    }

    [Test]
    public async Task A_bad_item_is_reported_and_the_others_go_on()
    {
        var pipeline = new BatchPipeline<int>(_session, (item, image) =>
        {
            if (item % 5 == 3)
            {
                throw new ConvoyException($"item {item} is bad");
            }

            Fill(item, image);
        });
        List<BatchResult<int>> results = await CollectAsync(pipeline.RunAsync(Enumerable.Range(0, 20)));
        Assert.That(results, Has.Count.EqualTo(20));
        foreach (BatchResult<int> result in results)
        {
            bool bad = result.Item % 5 == 3;
            Assert.That(result.Error?.Message, Is.EqualTo(bad ? $"item {result.Item} is bad" : null));
            Assert.That(result.Scores.Length, Is.EqualTo(bad ? 0 : 2));
        }
    }

    [Test]
    public void A_failure_that_is_not_the_items_fault_ends_the_enumeration()
    {
        var pipeline = new BatchPipeline<int>(_session, (_, _) => throw new DivideByZeroException("broken reader"));
        Assert.That(async () => await CollectAsync(pipeline.RunAsync([1, 2])), Throws.Exception.With.Message.Contains("broken reader"));
    }

    [Test]
    public async Task Items_are_asked_for_only_as_they_are_needed_and_leaving_early_leaks_nothing()
    {
        int asked = 0;
        var pipeline = new BatchPipeline<int>(_session, Fill);
        await foreach (BatchResult<int> result in pipeline.RunAsync(Endless()))
        {
            if (result.Item == 9)
            {
                break;
            }
        }

        Assert.That(asked, Is.LessThanOrEqualTo(10 + ((pipeline.Slots + 1) * _session.BatchSize)));

        IEnumerable<int> Endless()
        {
            while (true)
            {
                yield return asked++;
            }
        }
    }

    [Test]
    public void A_cancellation_ends_the_enumeration()
    {
        using var source = new CancellationTokenSource();
        var pipeline = new BatchPipeline<int>(_session, (item, image) =>
        {
            if (item == 30)
            {
                source.Cancel();
            }

            Fill(item, image);
        });
        Assert.That(
            async () => await CollectAsync(pipeline.RunAsync(Enumerable.Range(0, 1_000_000), source.Token)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static void Fill(int item, Span<float> image)
    {
        image[0] = item;
        image[1] = item * 2;
    }

    private static async Task<List<T>> CollectAsync<T>(IAsyncEnumerable<T> source)
    {
        List<T> all = [];
        await foreach (T each in source)
        {
            all.Add(each);
        }

        return all;
    }
}
