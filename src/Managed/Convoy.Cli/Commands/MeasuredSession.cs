using System.Diagnostics;
using Convoy.Memory;
using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary>A session that a bench measures beside others, with what was seen while it was made.</summary>
internal sealed class MeasuredSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly double _buildMilliseconds;
    private readonly long _peakNativeBytes;
    private readonly long _deviceBytesBefore;
    private long? _peakDeviceBytes;
    private DevicePeaks? _peaks;
    private double? _executedGigaFlops;

    /// <summary>Compiles a combination and runs it for the first time; memory that others hold by then is not counted as its own.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public MeasuredSession(int index, Network network, WeightSet weights, BenchCombination combination, BenchLength length, CancellationToken cancellationToken)
    {
        (Index, Device device) = (index, combination.Device);
        NativeMemoryPool.Shared.Trim();
        NativeMemoryPool.Shared.ResetPeak();
        device.Memory?.ResetPeak();
        long nativeBytesBefore = NativeMemoryPool.Shared.LiveBytes;
        _deviceBytesBefore = device.Memory?.LiveBytes ?? 0;
        long begin = Stopwatch.GetTimestamp();
        _session = ComputeOptions.Compile(network, device, weights, combination.Options);
        _buildMilliseconds = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        Key = new BenchKey(network.Name, _session.Device.Name, _session.Precision, _session.BatchSize, _session.Threads);
        BenchMeter? meter = null;
        try
        {
            Meter = meter = new BenchMeter(_session, length);
            _peakNativeBytes = Meter.RunFirst(cancellationToken) - nativeBytesBefore;
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
            _peaks?.GigaFlopsPerSecond));

    /// <summary>Warms it up, with as many batches in flight as it takes.</summary>
    /// <param name="peaks">What the device can do at best; null where it was not measured.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public void WarmUp(DevicePeaks? peaks, CancellationToken cancellationToken)
    {
        _peaks = peaks;
        _executedGigaFlops = peaks is null ? null : Meter.CountExecutedGigaFlops(cancellationToken);
        Meter.WarmUp(cancellationToken);
        _peakDeviceBytes = _session.Device.Memory?.PeakBytes - _deviceBytesBefore;
    }

    public void Dispose()
    {
        Meter.Dispose();
        _session.Dispose();
    }
}
