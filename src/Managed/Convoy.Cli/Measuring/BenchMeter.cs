using System.Diagnostics;
using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Measuring;

/// <summary>
/// Measures a session with full batches of synthetic images: a first run, others until times settle, and then slices of time,
/// between which others are measured. Where a device has several batches under way, half of a slice goes to batches alone, and
/// half to a stream of them; elsewhere runs one after the other are the stream.
/// </summary>
internal sealed class BenchMeter : IDisposable
{
    private const int WarmUpStretches = 10;

    // What others left in the caches is replaced within milliseconds: where a run takes many of them, it does not matter.
    private const double ColdMilliseconds = 50;

    private readonly InferenceSession _session;
    private readonly BenchLength _length;
    private readonly PooledBuffer<float> _images;
    private readonly PooledBuffer<float> _scores;
    private readonly bool _overlaps;
    private readonly CoreUse _cores = new();
    private readonly List<double> _warmUps = [];
    private readonly List<double> _times = [];
    private readonly List<double> _slices = [];
    private readonly List<double> _memoryRates = [];
    private double _firstMilliseconds;
    private double _warmUpMilliseconds;
    private double _seconds;
    private StreamProfile? _phases;

    /// <summary>Takes the memory that it needs.</summary>
    public BenchMeter(InferenceSession session, BenchLength length)
    {
        (_session, _length, _overlaps) = (session, length, session.BatchesInFlight > 1);
        _images = SyntheticImages.Create(session, session.BatchSize);
        try
        {
            _scores = NativeMemoryPool.Shared.Rent<float>(session.BatchSize * session.OutputShape.Count);
        }
        catch
        {
            _images.Dispose();
            throw;
        }
    }

    /// <summary>Reads memory for a moment before each slice, and returns at how many 10^9 bytes a second; null where that says nothing of the session, or cannot be done.</summary>
    public Func<double?>? ReadMemory { get; set; }

    /// <summary>Images a second of the last slice; null where none was measured.</summary>
    public double? ImagesPerSecond => _slices is [.., var last] ? _session.BatchSize / last * 1e3 : null;

    /// <summary>The share that is measured, from 0 to 1.</summary>
    public double Share => _length.ShareOf(_times.Count, _seconds);

    /// <summary>Whether it was measured for as long as asked for.</summary>
    public bool IsComplete => Share >= 1;

    /// <summary>What was measured so far, which is the warm-up where it did not come to more; null where nothing was.</summary>
    public BenchRun? Run
    {
        get
        {
            double[] alone = [.. (_times.Count > 0 ? _times : _warmUps).Order()];
            double[] slices = _slices.Count > 0 ? [.. _slices]
                : _phases is { } phases ? [phases.WallMilliseconds]
                : _overlaps || alone.Length == 0 ? []
                : [Quantiles.Of(alone, 0.5)];
            return alone.Length == 0 || slices.Length == 0 ? null : new BenchRun
            {
                FirstRunMilliseconds = _firstMilliseconds,
                WarmUpMilliseconds = _warmUpMilliseconds,
                Milliseconds = alone,
                SliceMilliseconds = slices,
                MemoryRates = [.. _memoryRates.Take(_slices.Count)],
                Phases = _phases,
                OthersPercent = _cores.OthersPercent,
                IsInterrupted = !IsComplete,
            };
        }
    }

    /// <summary>Runs for the first time.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void RunFirst(CancellationToken cancellationToken) => _firstMilliseconds = TimeRun(cancellationToken);

    /// <summary>Runs until times settle, or half the time passed that is to be measured, and sees where the time goes.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void WarmUp(CancellationToken cancellationToken)
    {
        var settling = new Settling();
        long begin = Stopwatch.GetTimestamp();
        while (!settling.IsSettled && Stopwatch.GetElapsedTime(begin).TotalSeconds < _length.WarmUpSeconds)
        {
            List<double> stretch = [];
            try
            {
                settling.Add(Quantiles.Median(TimeRuns(stretch, _length.WarmUpSeconds / WarmUpStretches, 1, cancellationToken)));
            }
            finally
            {
                _warmUps.AddRange(stretch);
                _warmUpMilliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            }
        }

        _phases = _session.ProfileStream(_images.Span, cancellationToken);
    }

    /// <summary>Profiles a batch, for what its layers do rather than how long they take.</summary>
    /// <param name="peaks">What the device can do at best.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public NetworkProfile ProfileBatch(DevicePeaks peaks, CancellationToken cancellationToken) =>
        _session.Profile(_images.Span, new ProfileOptions { Batches = 1, Peaks = peaks, MeasuresStream = false }, cancellationToken);

    /// <summary>Measures for a slice of the time.</summary>
    /// <param name="isCold">Whether something else was measured in between, so that a first run is not counted.</param>
    /// <param name="cancellationToken">Stops it; the runs so far count.</param>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void MeasureSlice(bool isCold, CancellationToken cancellationToken)
    {
        if (ReadMemory?.Invoke() is { } rate)
        {
            _memoryRates.Add(rate);
            isCold = true;
        }

        if (isCold && _times is [.., < ColdMilliseconds])
        {
            TimeRun(cancellationToken);
        }

        List<double> alone = [];
        _cores.Begin();
        long begin = Stopwatch.GetTimestamp();
        try
        {
            Measure(alone, cancellationToken);
        }
        finally
        {
            _seconds += Stopwatch.GetElapsedTime(begin).TotalSeconds;
            _cores.End();
            _times.AddRange(alone);
        }
    }

    public void Dispose()
    {
        _images.Dispose();
        _scores.Dispose();
    }

    private void Measure(List<double> alone, CancellationToken cancellationToken)
    {
        int runs = _length.SliceRuns(_times.Count);
        try
        {
            TimeRuns(alone, _overlaps ? _length.SliceSeconds / 2 : _length.SliceSeconds, runs, cancellationToken);
        }
        finally
        {
            if (!_overlaps && alone.Count > 0)
            {
                _slices.Add(Quantiles.Median(alone));
            }
        }

        if (_overlaps)
        {
            _slices.Add(Quantiles.Median(_session.TimeStream(_images.Span, _length.SliceSeconds / 2, runs, cancellationToken)));
        }
    }

    private List<double> TimeRuns(List<double> times, double seconds, int least, CancellationToken cancellationToken)
    {
        for (long begin = Stopwatch.GetTimestamp(); times.Count < least || Stopwatch.GetElapsedTime(begin).TotalSeconds < seconds;)
        {
            times.Add(TimeRun(cancellationToken));
        }

        return times;
    }

    private double TimeRun(CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        _session.Run(_images.Span, _scores.Span, cancellationToken);
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }
}
