using System.Diagnostics;
using Convoy.Backends;
using Convoy.Memory;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Profiling sessions.</summary>
public static class SessionProfiling
{
    private const double NanosecondsPerMillisecond = 1e6;

    /// <summary>
    /// Runs the images as one batch, again and again after a warm-up, and reports where the time went in the batch whose time
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
        double[] walls = new double[batches];
        var recorders = new Recorder[batches];
        for (int batch = 0; batch < batches; batch++)
        {
            var recorder = recorders[batch] = new Recorder();
            long begin = Stopwatch.GetTimestamp();
            session.Run(images, scores.Span, recorder, cancellationToken);
            walls[batch] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }

        int median = MedianIndex(walls);
        IReadOnlyList<Stretch> stretches = recorders[median].Stretches;
        return new NetworkProfile([.. Rows(session, stretches, count)], count, batches, Busy(stretches), walls[median], peaks);
    }

    private static IEnumerable<LayerProfile> Rows(InferenceSession session, IReadOnlyList<Stretch> stretches, int count)
    {
        ILookup<int, Stretch> bySteps = stretches.ToLookup(each => each.Step);
        yield return Row(Boundary("input", session.InputShape), bySteps[-1].Where(each => each.Phase == Phase.Upload), count);
        for (int i = 0; i < session.Steps.Length; i++)
        {
            yield return Row(session.Steps[i], bySteps[i], count);
        }

        yield return Row(Boundary("output", session.OutputShape), bySteps[-1].Where(each => each.Phase == Phase.Download), count);
    }

    private static StepInfo Boundary(string name, Shape shape) =>
        new([name], name == "input" ? "upload" : "download", "copy", shape, 0, 2 * shape.Count * sizeof(float), 0, 0, 0, 0);

    private static LayerProfile Row(StepInfo step, IEnumerable<Stretch> stretches, int count) => new(
        step,
        [.. stretches.Where(each => each.Kernel is not null)
            .GroupBy(each => each.Kernel!)
            .Select(launches => new KernelProfile(launches.Key, launches.Sum(each => each.Milliseconds)))],
        stretches.Sum(each => each.Milliseconds),
        2e-9 * step.MultiplyAdds * count,
        1e-9 * ((step.FeatureMapBytes * (double)count) + step.WeightBytes));

    /// <summary>The time that any of the stretches covers, in milliseconds.</summary>
    private static double Busy(IReadOnlyList<Stretch> stretches)
    {
        long busy = 0;
        long covered = long.MinValue;
        foreach (Stretch each in stretches.OrderBy(stretch => stretch.Begin))
        {
            busy += Math.Max(0, each.End - Math.Max(covered, each.Begin));
            covered = Math.Max(covered, each.End);
        }

        return busy / NanosecondsPerMillisecond;
    }

    /// <summary>Which of an odd number of values is the median; of an even number, the lower of the middle two.</summary>
    private static int MedianIndex(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length)];
        Array.Sort((double[])values.Clone(), order);
        return order[(values.Length - 1) / 2];
    }

    /// <summary>What was heard of one phase, in nanoseconds of the device's clock.</summary>
    private readonly record struct Stretch(int Step, Phase Phase, string? Kernel, long Begin, long End)
    {
        public double Milliseconds => (End - Begin) / NanosecondsPerMillisecond;
    }

    /// <summary>Notes the phases of a batch.</summary>
    private sealed class Recorder : IPhaseListener
    {
        public List<Stretch> Stretches { get; } = [];

        public void OnPhase(int step, Phase phase, string? kernel, long beginNanoseconds, long endNanoseconds) =>
            Stretches.Add(new Stretch(step, phase, kernel, beginNanoseconds, endNanoseconds));
    }
}
