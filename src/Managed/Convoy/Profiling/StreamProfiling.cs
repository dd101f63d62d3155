using System.Diagnostics;
using Convoy.Backends;
using Convoy.Memory;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Measuring sessions whose batches follow each other, as a server's or a data set's do: throughput, and how transfers overlap.</summary>
public static class StreamProfiling
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>Batches beyond those in flight that a profile is taken of.</summary>
    private const int FurtherBatches = 4;

    /// <summary>
    /// Runs the images as a batch again and again, with <see cref="InferenceSession.BatchesInFlight"/> under way at once, and
    /// returns the time from each result to the next, in milliseconds.
    /// </summary>
    /// <param name="session">The session, warmed up.</param>
    /// <param name="images">One to <see cref="InferenceSession.BatchSize"/> images, in channel, row, column order.</param>
    /// <param name="seconds">For how long, by the wall clock.</param>
    /// <param name="leastBatches">How many batches at least, however long they take.</param>
    /// <param name="cancellationToken">Stops early, with nothing.</param>
    /// <returns>Times in the order of the results; the first batches, which fill the device, are not among them.</returns>
    /// <exception cref="ArgumentException">The numbers are not those of one image or more, or are more than a batch's.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    /// <exception cref="BackendException">The device failed.</exception>
    public static IReadOnlyList<double> TimeStream(
        this InferenceSession session, ReadOnlySpan<float> images, double seconds, int leastBatches = 3, CancellationToken cancellationToken = default)
    {
        using var batch = new RepeatedBatch(session, images);
        using BatchStream stream = session.OpenStream(null, cancellationToken);
        batch.Fill(stream);
        batch.Complete(stream);
        var times = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        for (long last = begin; times.Count < leastBatches || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds;)
        {
            batch.Begin(stream);
            batch.Complete(stream);
            long now = Stopwatch.GetTimestamp();
            times.Add(Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
            last = now;
        }

        while (stream.InFlight > 0)
        {
            batch.Complete(stream);
        }

        return times;
    }

    /// <summary>
    /// Runs the images as a batch a few times over, with <see cref="InferenceSession.BatchesInFlight"/> under way at once, and
    /// reports where the time went, and how much of the transfers ran beside computing. The first upload and the last download,
    /// which have nothing to run beside, are left out. Times are the device's, but for the wall clock's from one result to the next.
    /// </summary>
    /// <param name="session">The session, warmed up.</param>
    /// <param name="images">One to <see cref="InferenceSession.BatchSize"/> images, in channel, row, column order.</param>
    /// <param name="cancellationToken">Stops early, with nothing.</param>
    /// <exception cref="ArgumentException">The numbers are not those of one image or more, or are more than a batch's.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    /// <exception cref="BackendException">The device failed.</exception>
    public static StreamProfile ProfileStream(
        this InferenceSession session, ReadOnlySpan<float> images, CancellationToken cancellationToken = default)
    {
        using var batch = new RepeatedBatch(session, images);
        int batches = BatchesOf(session);
        var recorder = new Recorder();
        using BatchStream stream = session.OpenStream(recorder, cancellationToken);
        long first = Stopwatch.GetTimestamp();
        long begin = first;
        batch.Fill(stream);
        for (int begun = stream.InFlight; recorder.Batch < batches; recorder.Batch++)
        {
            batch.Complete(stream);
            begin = recorder.Batch == 0 && batches > 1 ? Stopwatch.GetTimestamp() : begin;
            if (begun < batches)
            {
                batch.Begin(stream);
                begun++;
            }
        }

        double wall = Stopwatch.GetElapsedTime(begin).TotalMilliseconds / Math.Max(batches - 1, 1);
        return recorder.CreateProfile(session, batches, wall) with
        {
            TimesProblem = session.HasOwnClock ? recorder.FindProblem(Stopwatch.GetElapsedTime(first).TotalSeconds) : null,
        };
    }

    /// <summary>Of how many batches a profile is taken.</summary>
    internal static int BatchesOf(InferenceSession session) => session.BatchesInFlight + (session.BatchesInFlight > 1 ? FurtherBatches : 0);

    /// <summary>A batch begun again and again. Each one in flight has memory of its own, as a caller's batches have.</summary>
    private sealed class RepeatedBatch : IDisposable
    {
        private readonly List<PooledBuffer<float>> _images = [];
        private readonly List<PooledBuffer<float>> _scores = [];
        private int _begun;
        private int _completed;

        public RepeatedBatch(InferenceSession session, ReadOnlySpan<float> images)
        {
            ArgumentNullException.ThrowIfNull(session);
            int count = SessionProfiling.CountImages(session, images);
            try
            {
                while (_images.Count < session.BatchesInFlight)
                {
                    _images.Add(NativeMemoryPool.Shared.Rent<float>(images.Length));
                    images.CopyTo(_images[^1].Span);
                    _scores.Add(NativeMemoryPool.Shared.Rent<float>(count * session.OutputShape.Count));
                }
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public void Begin(BatchStream stream)
        {
            int slot = _begun++ % _images.Count;
            stream.Begin<float>(_images[slot].Span, _scores[slot].Span);
        }

        public void Complete(BatchStream stream) => stream.Complete(_scores[_completed++ % _scores.Count].Span);

        public void Fill(BatchStream stream)
        {
            while (!stream.IsFull)
            {
                Begin(stream);
            }
        }

        public void Dispose()
        {
            _images.ForEach(each => each.Dispose());
            _scores.ForEach(each => each.Dispose());
        }
    }

    /// <summary>Keeps the phases of all batches. A batch's are reported when it is completed.</summary>
    private sealed class Recorder : IPhaseListener
    {
        private readonly List<(int Batch, RecordedPhase Phase)> _phases = [];

        /// <summary>The batch being completed.</summary>
        public int Batch { get; set; }

        public void OnPhase(in PhaseSpan span, ReadOnlySpan<ThreadSpan> threads) =>
            _phases.Add((Batch, new RecordedPhase(span, [.. threads])));

        public string? FindProblem(double hostSeconds) => TimesCheck.FindProblem([.. _phases.Select(each => each.Phase.Span)], hostSeconds);

        public StreamProfile CreateProfile(InferenceSession session, int batches, double wall)
        {
            Stretch[] computing = Find(Phase.Compute, 0, batches);
            Stretch[] uploads = Find(Phase.Upload, batches == 1 ? 0 : 1, batches);
            Stretch[] downloads = Find(Phase.Download, 0, batches == 1 ? 1 : batches - 1);
            int counted = Math.Max(batches - 1, 1);
            return new StreamProfile(
                session.BatchesInFlight,
                session.Device.HasOwnMemory,
                Sum(uploads) / counted,
                Sum(computing) / batches,
                Sum(downloads) / counted,
                uploads.Concat(downloads).Sum(transfer => computing.Sum(transfer.MillisecondsBeside)) / counted,
                wall)
            {
                Timeline = TimelineBuilder.Create(
                    _phases,
                    ["input", .. session.Steps.Select(step => step.Name), "output"],
                    span => ProfileBuilder.RowOf(span, session.Steps.Length)),
            };
        }

        /// <summary>What was spent on a phase by the batches from one on, up to another.</summary>
        private Stretch[] Find(Phase phase, int first, int end) =>
        [
            .. from each in _phases
               where each.Phase.Span.Phase == phase && each.Batch >= first && each.Batch < end
               select new Stretch(each.Batch, each.Phase.Span.BeginNanoseconds, each.Phase.Span.EndNanoseconds),
        ];

        private static double Sum(Stretch[] stretches) => stretches.Sum(each => each.Milliseconds);
    }

    /// <summary>Time that a batch spent on something.</summary>
    private readonly record struct Stretch(int Batch, long Begin, long End)
    {
        public double Milliseconds => (End - Begin) / NanosecondsPerMillisecond;

        /// <summary>How long it ran beside a stretch of another batch.</summary>
        public double MillisecondsBeside(Stretch other) => other.Batch == Batch
            ? 0
            : Math.Max(0, Math.Min(End, other.End) - Math.Max(Begin, other.Begin)) / NanosecondsPerMillisecond;
    }
}
