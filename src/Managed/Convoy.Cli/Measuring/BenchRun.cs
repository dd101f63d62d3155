using System.Diagnostics;
using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>What a session's speed is measured to be.</summary>
/// <param name="FirstRunMilliseconds">The first run after compiling.</param>
/// <param name="Milliseconds">The measured runs, one batch alone each, in ascending order.</param>
/// <param name="StreamMilliseconds">From one batch to the next where batches follow each other: the median.</param>
/// <param name="PeakNativeBytes">The most native memory there was before batches followed each other.</param>
/// <param name="Phases">Where the time of such batches went, measured apart: listening is not free.</param>
/// <param name="IsInterrupted">True where the measured runs are fewer than asked for.</param>
internal sealed record BenchRun(
    double FirstRunMilliseconds, double[] Milliseconds, double StreamMilliseconds, long PeakNativeBytes, StreamProfile Phases, bool IsInterrupted)
{
    // Enough for a median, however slow the device is.
    private const int LeastRuns = 3;

    /// <summary>The share of the measured time that is spent on warming up before it.</summary>
    private const double WarmUpShare = 0.1;

    /// <summary>
    /// Runs one full batch of synthetic images again and again: a first time, for a tenth of the time to warm up, then for
    /// the time asked for, and at least three times. Where a device has several batches under way, half of that time goes to
    /// batches alone, and half to a stream of them; elsewhere runs one after the other are the stream.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="seconds">The time to measure for.</param>
    /// <param name="progress">Called with the share of that time which is over, as it passes.</param>
    /// <param name="cancellationToken">Ends measuring; with the runs so far, if there are any.</param>
    /// <exception cref="OperationCanceledException">The token asked to stop before a run was measured.</exception>
    public static BenchRun Measure(InferenceSession session, double seconds, Action<double> progress, CancellationToken cancellationToken)
    {
        using PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        using PooledBuffer<float> scores = NativeMemoryPool.Shared.Rent<float>(session.BatchSize * session.OutputShape.Count);
        double first = Run(session, images, scores, cancellationToken);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds * WarmUpShare)
        {
            Run(session, images, scores, cancellationToken);
        }

        // Before a stream, whose batches take memory of their own; and that before the runs, which may be interrupted.
        long peakBytes = NativeMemoryPool.Shared.PeakBytes;
        StreamProfile phases = session.ProfileStream(images.Span, cancellationToken);
        bool overlaps = session.BatchesInFlight > 1;
        double secondsAlone = overlaps ? seconds / 2 : seconds;
        var times = new List<double>();
        double[] stream = [];
        bool isInterrupted = false;
        try
        {
            clock.Restart();
            while (times.Count < LeastRuns || clock.Elapsed.TotalSeconds < secondsAlone)
            {
                times.Add(Run(session, images, scores, cancellationToken));
                progress(Math.Min(clock.Elapsed.TotalSeconds, secondsAlone) / seconds);
            }

            stream = overlaps
                ? [.. session.TimeStream(images.Span, seconds - secondsAlone, LeastRuns, cancellationToken).Order()]
                : [];
        }
        catch (OperationCanceledException) when (times.Count > 0)
        {
            isInterrupted = true;
        }

        double[] alone = [.. times.Order()];
        double streamMilliseconds = stream.Length > 0 ? Quantile(stream, 0.5) : overlaps ? phases.WallMilliseconds : Quantile(alone, 0.5);
        return new BenchRun(first, alone, streamMilliseconds, peakBytes, phases, isInterrupted);
    }

    /// <summary>A quantile of the measured runs, interpolated: 0.5 is the median.</summary>
    public double Quantile(double quantile) => Quantile(Milliseconds, quantile);

    private static double Quantile(double[] ascending, double quantile)
    {
        double position = quantile * (ascending.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + ((position - below) * (ascending[above] - ascending[below]));
    }

    private static double Run(
        InferenceSession session, PooledBuffer<float> images, PooledBuffer<float> scores, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        session.Run(images.Span, scores.Span, cancellationToken);
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }
}
