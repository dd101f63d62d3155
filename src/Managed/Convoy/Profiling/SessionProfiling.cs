using System.Diagnostics;
using Convoy.Memory;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Profiling sessions.</summary>
public static class SessionProfiling
{
    /// <summary>
    /// Runs the images as one batch, again and again after a warm-up, and reports where the time went in the most typical batch,
    /// the one whose layers' times are nearest to their medians: its rows add up, which medians would not. The spreads are those
    /// of all batches.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="images">One to <see cref="InferenceSession.BatchSize"/> images, in channel, row, column order.</param>
    /// <param name="options">How often, and what else is measured; null for the usual.</param>
    /// <param name="cancellationToken">Stops early, with the profile of the batches so far.</param>
    /// <exception cref="OperationCanceledException">The token asked to stop before a batch was measured.</exception>
    /// <exception cref="ArgumentException">The numbers are not those of one image or more, or are more than a batch's.</exception>
    public static NetworkProfile Profile(
        this InferenceSession session, ReadOnlySpan<float> images, ProfileOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        options ??= new ProfileOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batches, 1, nameof(options));
        int count = CountImages(session, images);
        DevicePeaks? peaks = options.Peaks;
        using PooledBuffer<float> scores = NativeMemoryPool.Shared.Rent<float>(count * session.OutputShape.Count);
        session.Run(images, scores.Span, new PhaseRecorder { CountsEvents = options.CountsEvents }, cancellationToken);
        List<PhaseRecorder> recorders = [];
        try
        {
            while (recorders.Count < options.Batches)
            {
                var recorder = new PhaseRecorder { CountsEvents = options.CountsEvents };
                long begin = Stopwatch.GetTimestamp();
                session.Run(images, scores.Span, recorder, cancellationToken);
                recorder.WallMilliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                recorders.Add(recorder);
                options.Progress?.Invoke(recorders.Count);
            }
        }
        catch (OperationCanceledException) when (recorders.Count > 0)
        {
            // What was measured by then is a profile of fewer batches.
        }

        PhaseRecorder typical = TypicalBatch.Find(recorders, session.Steps.Length);
        var builder = new ProfileBuilder(session, recorders, typical, count, peaks);
        ImmutableArray<LayerProfile> layers = builder.CreateLayers();
        return new NetworkProfile
        {
            Model = session.Network.Name,
            Device = session.Device.Name,
            DeviceName = session.Device.Description,
            Backend = session.Backend,
            Precision = session.Precision,
            Images = count,
            Threads = session.Threads,
            Batches = recorders.Count,
            Interrupted = recorders.Count < options.Batches,
            Layers = layers,
            BusyMilliseconds = typical.BusyMilliseconds,
            WallMilliseconds = typical.WallMilliseconds,
            WallSpread = Spread.Of(recorders.Select(recorder => recorder.WallMilliseconds)),
            Peaks = peaks,
            Timeline = TimelineBuilder.Create(typical, layers, span => builder.RowOf(span)),
            Memory = MemoryProfile.Of(session),
            MeasuredOn = MeasuredOn.Here(),
        };
    }

    /// <summary>The images of a batch that is measured.</summary>
    /// <exception cref="ArgumentException">The numbers are not those of one image or more, or are more than a batch's.</exception>
    internal static int CountImages(InferenceSession session, ReadOnlySpan<float> images)
    {
        (long count, long rest) = Math.DivRem(images.Length, session.InputShape.Count);
        return rest == 0 && count >= 1 && count <= session.BatchSize
            ? (int)count
            : throw new ArgumentException(
                $"A batch that is measured has 1 to {session.BatchSize} images of {session.InputShape.Count:N0} numbers, but {images.Length:N0} numbers were given.",
                nameof(images));
    }
}
