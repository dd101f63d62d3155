using Convoy.Backends;
using Convoy.Memory;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Profiling sessions: what <c>convoy profile</c> prints, from code.</summary>
public static class SessionProfiling
{
    // Enough for quartiles.
    private const int MemoryReadings = 6;

    /// <summary>
    /// Runs the images as one batch, again and again after a warm-up, and reports where the time went in the most typical batch,
    /// the one whose layers' times are nearest to their medians: its rows add up, which medians would not. The spreads are those
    /// of all batches. Where a driver's times of commands cannot be right, phases are waited for one by one and timed by the host's clock.
    /// Where the device has several batches in flight, a few more show how they overlap. Layers are then held against the device's
    /// peaks, which are measured once on a machine, in a second or two, where <see cref="ProfileOptions.UsesPeaks"/> does not forbid it.
    /// </summary>
    /// <param name="session">The session.</param>
    /// <param name="images">One to <see cref="InferenceSession.BatchSize"/> images, in channel, row, column order.</param>
    /// <param name="options">How often, and what else is measured; null for the usual.</param>
    /// <param name="cancellationToken">Stops early, with the profile of what was measured by then, which is marked as interrupted.</param>
    /// <exception cref="ArgumentNullException">There is no session.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop before there was a batch whose times can be believed.</exception>
    /// <exception cref="ArgumentException">The numbers are not those of one image or more, or are more than a batch's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">No batches are asked for.</exception>
    /// <exception cref="BackendException">The device failed.</exception>
    /// <exception cref="ObjectDisposedException">The session was disposed, before or meanwhile.</exception>
    public static NetworkProfile Profile(
        this InferenceSession session, ReadOnlySpan<float> images, ProfileOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        options ??= new ProfileOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batches, 1, nameof(options));
        int count = CountImages(session, images);
        using PooledBuffer<float> scores = NativeMemoryPool.Shared.Rent<float>(count * session.OutputShape.Count);
        RecordedBatches batches = new BatchRecording(session, options, cancellationToken) { Images = images, Scores = scores.Span }.Record();
        StreamProfile? stream = batches.TimesProblem is null ? TryProfileStream(session, images, options, cancellationToken) : null;
        PhaseRecorder typical = TypicalBatch.Find(batches.All, session.Steps.Length);
        PeakComparison held = PeakComparison.Create(
            session, options, peaks => new ProfileBuilder(session, batches.All, typical, count, peaks).CreateLayers(), cancellationToken);
        return new NetworkProfile
        {
            Model = session.Network.Name,
            Device = session.Device.Name,
            DeviceName = session.Device.Description,
            Backend = session.Backend,
            Precision = session.Precision,
            Images = count,
            Threads = session.Threads,
            Batches = batches.All.Count,
            Interrupted = cancellationToken.IsCancellationRequested,
            TimesProblem = batches.TimesProblem,
            Layers = held.Layers,
            BusyMilliseconds = typical.BusyMilliseconds,
            WallMilliseconds = typical.WallMilliseconds,
            WallSpread = Spread.Of(batches.All.Select(recorder => recorder.WallMilliseconds)),
            OtherProcessesPercent = batches.OthersPercent,
            Peaks = held.Peaks,
            PeaksProblem = held.Problem,
            MemoryGigaBytesPerSecond = ReadMemory(session, options, held.Layers, cancellationToken),
            Stream = stream,
            Timeline = TimelineBuilder.Create(typical, held.Layers, span => ProfileBuilder.RowOf(span, session.Steps.Length)),
            Memory = MemoryProfile.Of(session),
            MeasuredOn = MeasuredOn.Here(),
        };
    }

    /// <summary>How batches overlap; null where they do not, the device's times cannot be right, or it was interrupted, which takes nothing of what was measured before.</summary>
    private static StreamProfile? TryProfileStream(
        InferenceSession session, ReadOnlySpan<float> images, ProfileOptions options, CancellationToken cancellationToken)
    {
        if (!options.MeasuresStream || session.BatchesInFlight == 1 || cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        try
        {
            options.Progress?.Invoke(new ProfileProgress(ProfileStage.Stream, 0, StreamProfiling.BatchesOf(session)));
            return session.ProfileStream(images, cancellationToken) is { TimesProblem: null } stream ? stream : null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>How fast memory is, where batches pass through it that a processor computes; peaks that were given may be of another machine.</summary>
    private static ImmutableArray<double> ReadMemory(
        InferenceSession session, ProfileOptions options, ImmutableArray<LayerProfile> layers, CancellationToken cancellationToken)
    {
        if (options.Peaks is not null || session.Device.Type != DeviceType.Cpu || cancellationToken.IsCancellationRequested
            || !(layers.Sum(layer => layer.MemoryGigaBytes) > 0))
        {
            return [];
        }

        using var probe = new BandwidthProbe();
        return [.. Enumerable.Range(0, MemoryReadings).Select(_ => probe.Read(session.Threads)).OfType<double>()];
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
