using System.Collections.Immutable;
using System.Diagnostics;
using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary>A session that a bench measures beside others, with what was seen while it was made.</summary>
internal sealed class MeasuredSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly double _buildMilliseconds;
    private readonly long _deviceBytesBefore;
    private readonly long _ownNativeBytes;
    private long _peakNativeBytes;
    private long? _peakDeviceBytes;
    private DevicePeaks? _peaks;
    private double? _executedGigaFlops;
    private double? _memoryGigaBytes;
    private double? _rooflineMilliseconds;
    private string? _peaksProblem;

    /// <summary>Compiles a combination and runs it for the first time; memory that others hold by then is not counted as its own.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public MeasuredSession(int index, Network network, WeightSet weights, BenchCombination combination, BenchLength length, CancellationToken cancellationToken)
    {
        (Index, Device device) = (index, combination.Device);
        device.Memory?.ResetPeak();
        long nativeBytesBefore = BeginPeak();
        _deviceBytesBefore = device.Memory?.LiveBytes ?? 0;
        long begin = Stopwatch.GetTimestamp();
        _session = ComputeOptions.Compile(network, device, weights, combination.Options);
        _buildMilliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        Key = new BenchKey(network.Name, _session.Device.Name, _session.Precision, _session.BatchSize, _session.Threads);
        BenchMeter? meter = null;
        try
        {
            Meter = meter = new BenchMeter(_session, length);
            Meter.RunFirst(cancellationToken);
            _peakNativeBytes = NativeMemoryPool.Shared.PeakBytes - nativeBytesBefore;
            _ownNativeBytes = NativeMemoryPool.Shared.LiveBytes - nativeBytesBefore;
        }
        catch
        {
            meter?.Dispose();
            _session.Dispose();
            throw;
        }
    }

    /// <summary>Which of the combinations it is.</summary>
    public int Index { get; }

    /// <summary>What it came to.</summary>
    public BenchKey Key { get; }

    /// <summary>What measures it.</summary>
    public BenchMeter Meter { get; }

    /// <summary>Whether it failed while it was measured.</summary>
    public bool HasFailed { get; set; }

    /// <summary>Whether there is nothing more to measure.</summary>
    public bool IsDone => HasFailed || Meter.IsComplete;

    /// <summary>What was measured so far; null where nothing was.</summary>
    public BenchResult? Result => HasFailed || Meter.Run is not { } run ? null : BenchReport.CreateResult(
        _session,
        run,
        new BenchSurroundings(
            _buildMilliseconds,
            _peakNativeBytes,
            _peakDeviceBytes,
            2e-9 * _session.Network.MultiplyAdds,
            _executedGigaFlops,
            _memoryGigaBytes,
            _rooflineMilliseconds,
            _peaks?.GigaFlopsPerSecond,
            _peaksProblem));

    /// <summary>Warms it up, with as many batches in flight as it takes.</summary>
    /// <param name="peaks">What the device can do at best; where it was not measured null, with the problem.</param>
    /// <param name="probe">Reads memory beside what is measured, where batches pass through it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void WarmUp((DevicePeaks? Peaks, string? Problem) peaks, BandwidthProbe probe, CancellationToken cancellationToken)
    {
        _peaksProblem = peaks.Problem;
        if (peaks.Peaks is { } measured)
        {
            ImmutableArray<LayerProfile> layers = Meter.ProfileBatch(measured, cancellationToken).Layers;
            _peaks = measured;
            _rooflineMilliseconds = layers.Sum(layer => RooflineMilliseconds(layer, measured));
            _executedGigaFlops = layers.Sum(layer => layer.ExecutedGigaFlops) / _session.BatchSize;
            _memoryGigaBytes = layers.Sum(layer => layer.MemoryGigaBytes);
        }

        if (_memoryGigaBytes > 0 && _session.Device.Type == DeviceType.Cpu)
        {
            Meter.ReadMemory = () => probe.Read(_session.Threads);
        }

        // From here on batches follow each other, which takes memory of its own.
        long nativeBytesBefore = BeginPeak();
        Meter.WarmUp(cancellationToken);
        _peakNativeBytes = Math.Max(_peakNativeBytes, _ownNativeBytes + NativeMemoryPool.Shared.PeakBytes - nativeBytesBefore);
        _peakDeviceBytes = _session.Device.Memory?.PeakBytes - _deviceBytesBefore;
    }

    public void Dispose()
    {
        Meter.Dispose();
        _session.Dispose();
    }

    /// <summary>What a layer takes at the roofline: its arithmetic or its way through memory at the measured peaks, whichever takes longer.</summary>
    private static double RooflineMilliseconds(LayerProfile layer, DevicePeaks peaks) =>
        1e3 * Math.Max(layer.ExecutedGigaFlops / peaks.GigaFlopsPerSecond, (layer.MemoryGigaBytes ?? 0) / peaks.GigaBytesPerSecond);

    /// <summary>Looks for the peak of native memory anew, and returns what is there by now: the other sessions', and this one's.</summary>
    private static long BeginPeak()
    {
        NativeMemoryPool.Shared.Trim();
        NativeMemoryPool.Shared.ResetPeak();
        return NativeMemoryPool.Shared.LiveBytes;
    }
}
