using System.Collections.Concurrent;
using Convoy.Backends;
using Convoy.Backends.Native;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>Peaks that were measured once: kept for the process and, where they are settled and nothing disturbed them, in a file of the user's cache folder.</summary>
internal sealed class PeakKeeper
{
    /// <summary>Measures a device; the flag says whether its best was reached more than once.</summary>
    public delegate (DevicePeaks Peaks, bool IsSettled) Measuring(Device device, IPeakSource source, int threads, Action<PeakProgress>? progress, CancellationToken cancellationToken);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, DevicePeaks> _known = [];
    private readonly Func<PeaksFile?> _file;
    private readonly Measuring _measure;

    /// <param name="file">Returns the file; null where there is none.</param>
    /// <param name="measure">Measures a device.</param>
    public PeakKeeper(Func<PeaksFile?> file, Measuring measure)
    {
        _file = file;
        _measure = measure;
    }

    /// <summary>The process's.</summary>
    public static PeakKeeper Shared { get; } = new(PeaksFile.FromEnvironment, Measure);

    /// <summary>What is known of a device, or measured; or why there is none.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public (DevicePeaks? Peaks, string? Problem) Get(
        Device device, int threads, PeakPolicy policy, Action<PeakProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (device == Device.Reference)
        {
            return (null, null);
        }

        try
        {
            IPeakSource source = DevicePeaks.Require(device);

            // One at a time: two measurements at once would disturb each other.
            lock (_gate)
            {
                return (GetOrMeasure(device, source, threads, policy, progress, cancellationToken), null);
            }
        }
        catch (ConvoyException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>What is known of a device; null where nothing is.</summary>
    public DevicePeaks? Find(Device device, int threads)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (!device.IsAvailable || device.PeakSource is not { } source)
        {
            return null;
        }

        string key = KeyOf(device, source, threads, out bool canBeKept);
        return _known.GetValueOrDefault(key) ?? (canBeKept ? _file()?.Read(key) : null);
    }

    private static (DevicePeaks Peaks, bool IsSettled) Measure(
        Device device, IPeakSource source, int threads, Action<PeakProgress>? progress, CancellationToken cancellationToken) =>
        source.IsRisky && PeakProcess.CanStart
            ? PeakProcess.Measure(device, progress, cancellationToken)
            : DevicePeaks.Measure(device, source, threads, progress, cancellationToken);

    /// <summary>The processor counts on every device: it may be the device, and it is what launches kernels.</summary>
    private static string KeyOf(Device device, IPeakSource source, int threads, out bool canBeKept)
    {
        string? description = source.Describe(threads);
        canBeKept = description is not null;

        // Raised whenever something is measured otherwise.
        const int version = 4;
        return $"version {version}, {description ?? FormattableString.Invariant($"{device.Name}, threads {threads}")}, on {Processor.Name}";
    }

    private DevicePeaks GetOrMeasure(
        Device device, IPeakSource source, int threads, PeakPolicy policy, Action<PeakProgress>? progress, CancellationToken cancellationToken)
    {
        string key = KeyOf(device, source, threads, out bool canBeKept);
        PeaksFile? file = canBeKept ? _file() : null;
        DevicePeaks? known = policy == PeakPolicy.Replace ? null : _known.GetValueOrDefault(key) ?? file?.Read(key);
        if (known is not null && policy == PeakPolicy.WhenUnknown)
        {
            return _known[key] = known;
        }

        (DevicePeaks measured, bool isSettled) = _measure(device, source, threads, progress, cancellationToken);
        if (isSettled && !measured.IsDisturbed)
        {
            file?.Add(key, measured, replaces: policy == PeakPolicy.Replace);
        }

        return _known[key] = known is null ? measured : DevicePeaks.BestOf(known, measured);
    }
}
