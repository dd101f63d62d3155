using Convoy.Profiling;

namespace Convoy.Tests.Soak;

/// <summary>A session's life: compiled, used in every way there is, in any order, and disposed of in the middle of a run.</summary>
internal sealed class SoakVisit(SoakCase its, RecordedScores recorded, Random random)
{
    /// <summary>Images computed so far, as far as is known.</summary>
    public long Images { get; private set; }

    /// <summary>Runs each number of images that a batch can have, and looks at the scores.</summary>
    public void MeetEverySize(WeightSet weights)
    {
        using InferenceSession session = its.Network.Network.Compile(its.Device, weights, its.Options);
        recorded.Record(its, session);
        for (int count = 1; count <= Math.Min(session.BatchSize, its.Network.Count); count++)
        {
            RunAndCheck(session, 0, count, "alone");
        }
    }

    public void Run(WeightSet weights)
    {
        InferenceSession session = its.Network.Network.Compile(its.Device, weights, its.Options);
        try
        {
            recorded.Record(its, session);
            Action<InferenceSession>[] uses = [Profile, Stream, CancelBefore, CancelWithin, ShareByThreads, RefuseLength];
            random.Shuffle(uses);
            foreach (Action<InferenceSession> use in uses)
            {
                use(session);
                RunSome(session, $"after {use.Method.Name}");
            }

            DisposeWithin(session);
        }
        finally
        {
            session.Dispose();
        }
    }

    /// <summary>Runs some images, from any one on, and looks at the scores.</summary>
    private void RunSome(InferenceSession session, string occasion)
    {
        int all = its.Network.Count;
        int count = random.GetItems((ReadOnlySpan<int>)[1, 2, all / 2, all], 1)[0];
        int first = random.Next(all - count + 1);
        RunAndCheck(session, first, count, occasion);
        Images += count;
    }

    private void RunAndCheck(InferenceSession session, int first, int count, string occasion)
    {
        float[] scores = new float[count * its.Network.ScoreLength];
        session.Run(its.Network.Slice(first, count), scores);
        recorded.Check(its, first, scores, $"{count} images {occasion}");
    }

    private void Profile(InferenceSession session) => session.Profile(OneBatch(session), new ProfileOptions { Batches = 2, UsesPeaks = false });

    private void Stream(InferenceSession session)
    {
        session.ProfileStream(OneBatch(session));
        session.TimeStream(OneBatch(session), seconds: 0);
    }

    private void CancelBefore(InferenceSession session) => Stopped<OperationCanceledException>(() =>
        session.Run(its.Network.Images, new float[its.Network.Count * its.Network.ScoreLength], new CancellationToken(canceled: true)));

    private void CancelWithin(InferenceSession session)
    {
        using var source = new CancellationTokenSource();
        var listener = new Canceller(source, random.Next(session.Steps.Length));
        try
        {
            session.Run(its.Network.Images, new float[its.Network.Count * its.Network.ScoreLength], listener, source.Token);
        }
        catch (OperationCanceledException)
        {
            // A device that reports at the end may have been done before.
        }
    }

    private void ShareByThreads(InferenceSession session) =>
        Parallel.For(0, 3, thread => RunAndCheck(session, thread, 2, "beside other threads"));

    private void RefuseLength(InferenceSession session) =>
        Stopped<ArgumentException>(() => session.Run(its.Network.Images.AsSpan(1), new float[its.Network.ScoreLength]));

    private void DisposeWithin(InferenceSession session)
    {
        using var running = new ManualResetEventSlim();
        Task run = Task.Run(() => Stopped<ObjectDisposedException>(() =>
        {
            float[] scores = new float[its.Network.Count * its.Network.ScoreLength];
            while (true)
            {
                running.Set();
                session.Run(its.Network.Images, scores);
            }
        }));
        running.Wait();
        Thread.Sleep(random.Next(10));
        session.Dispose();
        run.GetAwaiter().GetResult();
    }

    private ReadOnlySpan<float> OneBatch(InferenceSession session) => its.Network.Slice(0, Math.Min(session.BatchSize, its.Network.Count));

    private void Stopped<TException>(Action action)
        where TException : Exception
    {
        try
        {
            action();
        }
        catch (TException)
        {
            return;
        }

        throw new SoakException($"{its.Name}: no {typeof(TException).Name} where there must be one.");
    }

    /// <summary>Asks to stop once a step is done.</summary>
    private sealed class Canceller(CancellationTokenSource source, int last) : IPhaseListener
    {
        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads)
        {
            if (span.Step == last)
            {
                source.Cancel();
            }
        }
    }
}
