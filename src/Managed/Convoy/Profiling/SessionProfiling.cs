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
    /// <param name="batches">How often to run them.</param>
    /// <param name="peaks">The device's measured peaks, to tell what bounds the layers.</param>
    /// <param name="countsEvents">Whether to count the processor's events too, where the native device and the system can.</param>
    /// <param name="cancellationToken">Stops early, with the profile of the batches so far.</param>
    /// <exception cref="OperationCanceledException">The token asked to stop before a batch was measured.</exception>
    /// <exception cref="ArgumentException">There are no images, or more than one batch.</exception>
    public static NetworkProfile Profile(
        this InferenceSession session,
        ReadOnlySpan<float> images,
        int batches = 10,
        DevicePeaks? peaks = null,
        bool countsEvents = false,
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
        session.Run(images, scores.Span, new PhaseRecorder { CountsEvents = countsEvents }, cancellationToken);
        List<PhaseRecorder> recorders = [];
        try
        {
            while (recorders.Count < batches)
            {
                var recorder = new PhaseRecorder { CountsEvents = countsEvents };
                long begin = Stopwatch.GetTimestamp();
                session.Run(images, scores.Span, recorder, cancellationToken);
                recorder.WallMilliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                recorders.Add(recorder);
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
}
