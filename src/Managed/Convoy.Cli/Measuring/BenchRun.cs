using System.Diagnostics;
using Convoy.Memory;
using Convoy.Profiling;
using Convoy.Runtime;

namespace Convoy.Cli.Measuring;

/// <summary>What a session's speed is measured to be.</summary>
/// <param name="FirstRunMilliseconds">The first run after compiling.</param>
/// <param name="Milliseconds">The measured runs, one batch each, in ascending order.</param>
/// <param name="Profile">Where the time of one more batch went, measured apart: listening is not free.</param>
internal sealed record BenchRun(double FirstRunMilliseconds, double[] Milliseconds, NetworkProfile Profile)
{
    // Enough for a median, however slow the device is.
    private const int LeastRuns = 3;

    /// <summary>The share of the measured time that is spent on warming up before it.</summary>
    private const double WarmUpShare = 0.1;

    /// <summary>
    /// Runs one full batch of synthetic images again and again: a first time, for a tenth of the time to warm up, then for
    /// the time asked for, and at least three times.
    /// </summary>
    public static BenchRun Measure(InferenceSession session, double seconds, CancellationToken cancellationToken)
    {
        using PooledBuffer<float> images = SyntheticImages.Create(session, session.BatchSize);
        using PooledBuffer<float> scores = NativeMemoryPool.Shared.Rent<float>(session.BatchSize * session.OutputShape.Count);
        double first = Run(session, images, scores, cancellationToken);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed.TotalSeconds < seconds * WarmUpShare)
        {
            Run(session, images, scores, cancellationToken);
        }

        var times = new List<double>();
        clock.Restart();
        while (times.Count < LeastRuns || clock.Elapsed.TotalSeconds < seconds)
        {
            times.Add(Run(session, images, scores, cancellationToken));
        }

        return new BenchRun(first, [.. times.Order()], session.Profile(images.Span, batches: 1, cancellationToken: cancellationToken));
    }

    /// <summary>A quantile of the measured runs, interpolated: 0.5 is the median.</summary>
    public double Quantile(double quantile)
    {
        double position = quantile * (Milliseconds.Length - 1);
        int below = (int)position;
        int above = Math.Min(below + 1, Milliseconds.Length - 1);
        return Milliseconds[below] + ((position - below) * (Milliseconds[above] - Milliseconds[below]));
    }

    private static double Run(
        InferenceSession session, PooledBuffer<float> images, PooledBuffer<float> scores, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        session.Run(images.Span, scores.Span, cancellationToken);
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }
}
