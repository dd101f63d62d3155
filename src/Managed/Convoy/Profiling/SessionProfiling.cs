using System.Diagnostics;
using Convoy.Backends;
using Convoy.Memory;
using Convoy.Runtime;
using Convoy.Tensors;

namespace Convoy.Profiling;

/// <summary>Profiling sessions.</summary>
public static class SessionProfiling
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>
    /// Runs the images as one batch, again and again after a warm-up, and tells where the time went in the batch whose time
    /// was the median: its rows add up, which medians of rows would not.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="images">One to <see cref="InferenceSession.BatchSize"/> images, in channel, row, column order.</param>
    /// <param name="batches">How often to run them.</param>
    /// <param name="peaks">The machine's measured peaks, for shares of them.</param>
    /// <param name="cancellationToken">Stops early.</param>
    /// <exception cref="ArgumentException">There are no images, or more than one batch.</exception>
    public static NetworkProfile Profile(
        this InferenceSession session,
        ReadOnlySpan<float> images,
        int batches = 10,
        MachinePeaks? peaks = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentOutOfRangeException.ThrowIfLessThan(batches, 1);
        int count = (int)(images.Length / session.InputShape.Count);
        if (count < 1 || count > session.BatchSize)
        {
            throw new ArgumentException(
                $"A profile takes 1 to {session.BatchSize} images, the session's batch size, but {count} were given.", nameof(images));
        }

        using PooledBuffer<float> scores = NativeMemoryPool.Shared.Rent<float>(count * session.OutputShape.Count);
        session.Run(images, scores.Span, cancellationToken);
        var recorder = new Recorder(session.Steps.Length, batches);
        double[] walls = new double[batches];
        for (int batch = 0; batch < batches; batch++)
        {
            recorder.Batch = batch;
            long begin = Stopwatch.GetTimestamp();
            session.Run(images, scores.Span, recorder, cancellationToken);
            walls[batch] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }

        int median = MedianIndex(walls);
        return new NetworkProfile([.. Rows(session, recorder, median, count)], count, batches, walls[median], peaks);
    }

    private static IEnumerable<LayerProfile> Rows(InferenceSession session, Recorder recorder, int batch, int count)
    {
        yield return Row(Boundary("input", session.InputShape), recorder.Upload[batch], count);
        for (int i = 0; i < session.Steps.Length; i++)
        {
            yield return Row(session.Steps[i], recorder.Steps[i][batch], count);
        }

        yield return Row(Boundary("output", session.OutputShape), recorder.Download[batch], count);
    }

    private static StepInfo Boundary(string name, Shape shape) =>
        new(name, name == "input" ? "upload" : "download", "copy", shape, 0, 2 * shape.Count * sizeof(float), 0, 0, 0, 0);

    private static LayerProfile Row(StepInfo step, double milliseconds, int count) => new(
        step,
        milliseconds,
        2e-9 * step.MultiplyAdds * count,
        1e-9 * ((step.FeatureMapBytes * (double)count) + step.WeightBytes));

    /// <summary>Which of an odd number of values is the median; of an even number, the lower of the middle two.</summary>
    private static int MedianIndex(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort((double[])values.Clone(), order);
        return order[(values.Length - 1) / 2];
    }

    /// <summary>Sums phases by step and batch, in milliseconds.</summary>
    private sealed class Recorder(int steps, int batches) : IPhaseListener
    {
        public int Batch { get; set; }

        public double[] Upload { get; } = new double[batches];

        public double[] Download { get; } = new double[batches];

        public double[][] Steps { get; } = [.. Enumerable.Range(0, steps).Select(_ => new double[batches])];

        public void OnPhase(int step, Phase phase, long beginNanoseconds, long endNanoseconds)
        {
            double[] row = step >= 0 ? Steps[step] : phase == Phase.Upload ? Upload : Download;
            row[Batch] += (endNanoseconds - beginNanoseconds) / NanosecondsPerMillisecond;
        }
    }
}
