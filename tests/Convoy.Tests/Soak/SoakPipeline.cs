namespace Convoy.Tests.Soak;

/// <summary>A stream of items over sessions on several devices at once, some items bad: to its end, left early, or cancelled.</summary>
internal sealed class SoakPipeline(SoakNetwork network, IReadOnlyList<SoakCase> cases, RecordedScores recorded, Random random)
{
    private const int OneBadOf = 11;

    /// <summary>Items that were answered.</summary>
    public long Images { get; private set; }

    public void Run(WeightSet weights)
    {
        List<InferenceSession> sessions = [];
        try
        {
            foreach (SoakCase each in cases)
            {
                sessions.Add(network.Network.Compile(each.Device, weights, each.Options));
                recorded.Record(each, sessions[^1]);
            }

            int items = 4 * sessions.Sum(session => session.BatchSize);
            var pipeline = new BatchPipeline<int>(sessions, Read);
            Run(pipeline, items, items, CancellationToken.None);
            Run(pipeline, items, random.Next(items), CancellationToken.None);
            using var source = new CancellationTokenSource(random.Next(1, 30));
            Run(pipeline, int.MaxValue, int.MaxValue, source.Token);
            if (pipeline.FailedDevices is [var failure, ..])
            {
                throw new SoakException($"The device {failure.Device} failed: {failure.Error.Message}");
            }
        }
        finally
        {
            sessions.ForEach(session => session.Dispose());
        }
    }

    private void Run(BatchPipeline<int> pipeline, int items, int leaveAfter, CancellationToken cancellationToken)
    {
        int answered = 0;
        try
        {
            foreach (BatchResult<int> result in pipeline.RunAsync(Enumerable.Range(0, items), cancellationToken).ToBlockingEnumerable(CancellationToken.None))
            {
                Check(result, answered++);
                if (answered > leaveAfter)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
        finally
        {
            Images += answered;
        }

        if (answered != items)
        {
            throw new SoakException($"{network.Network.Name}: a pipeline answered {answered} of {items} items.");
        }
    }

    private void Read(int item, Span<float> image)
    {
        if (item % OneBadOf == OneBadOf - 1)
        {
            throw new ConvoyException("a bad item");
        }

        network.Slice(item % network.Count, 1).CopyTo(image);
    }

    private void Check(BatchResult<int> result, int item)
    {
        bool isRight = result.Item == item && (item % OneBadOf == OneBadOf - 1
            ? result.Error is not null
            : cases.Any(each => recorded.IsRecorded(each, item % network.Count, result.Scores.Span)));
        if (!isRight)
        {
            throw new SoakException($"{network.Network.Name}: item {item} of a pipeline over {string.Join("; ", cases.Select(each => each.Name))} is not what it was.");
        }
    }
}
