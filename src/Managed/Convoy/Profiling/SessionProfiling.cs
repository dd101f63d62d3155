using System.Diagnostics;
using Convoy.Memory;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Profiling sessions.</summary>
public static class SessionProfiling
{
    private const int DoubtfulBatches = 5;

    /// <summary>
    /// Runs the images as one batch, again and again after a warm-up, and reports where the time went in the most typical batch,
    /// the one whose layers' times are nearest to their medians: its rows add up, which medians would not. The spreads are those
    /// of all batches. Where a driver's times of commands are none, phases are waited for one by one and timed by the host's clock.
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
        List<PhaseRecorder> recorders = Record(session, images, scores.Span, options, isTimedOnHost: false, cancellationToken);
        string? problem = FindTimesProblem(session, images, scores.Span, recorders, cancellationToken);
        if (problem is not null)
        {
            recorders = Record(session, images, scores.Span, options, isTimedOnHost: true, cancellationToken);
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
            TimesProblem = problem,
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

    /// <summary>Runs as many batches as asked for, or until the token asks to stop after one at least.</summary>
    private static List<PhaseRecorder> Record(
        InferenceSession session, ReadOnlySpan<float> images, Span<float> scores, ProfileOptions options, bool isTimedOnHost, CancellationToken cancellationToken)
    {
        List<PhaseRecorder> recorders = [];
        try
        {
            while (recorders.Count < options.Batches)
            {
                var recorder = new PhaseRecorder { CountsEvents = options.CountsEvents, TimesOnHost = isTimedOnHost };
                long begin = Stopwatch.GetTimestamp();
                session.Run(images, scores, recorder, cancellationToken);
                recorder.WallMilliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                recorders.Add(recorder);
                options.Progress?.Invoke(recorders.Count);
            }
        }
        catch (OperationCanceledException) when (recorders.Count > 0)
        {
            // What was measured by then is a profile of fewer batches.
        }

        return recorders;
    }

    /// <summary>What is wrong with the device's times, in a sentence; null where nothing is, or they are the host's.</summary>
    private static string? FindTimesProblem(
        InferenceSession session, ReadOnlySpan<float> images, Span<float> scores, List<PhaseRecorder> recorders, CancellationToken cancellationToken)
    {
        if (!session.HasOwnClock)
        {
            return null;
        }

        if (TimesCheck.FindImpossible(recorders) is { } impossible)
        {
            return impossible;
        }

        // Batches may look too short where the host was held up by something else, but not each of so many more.
        bool isTooShort = TimesCheck.AreTooShort(recorders)
            && TimesCheck.AreTooShort(Record(session, images, scores, new ProfileOptions { Batches = DoubtfulBatches }, isTimedOnHost: false, cancellationToken));
        return isTooShort ? TimesCheck.ContradictShort(recorders[0]) : null;
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
