using Convoy.Backends;
using Convoy.Profiling;

namespace Convoy.Cli.Commands;

/// <summary>Measures the peaks of devices one after the other, and says which, and what of it, is being measured.</summary>
internal static class PeakMeasuring
{
    // What a device counts for; of how many measurements it consists shows when it is measured.
    private const int Units = 100;

    /// <summary>What is said of so many devices.</summary>
    public static ProgressText TextFor(int devices) => new("Measuring", devices * Units, Failure: "failed device");

    /// <summary>Whether there is something to measure.</summary>
    public static bool IsToMeasure(Device device, bool refresh) =>
        device.IsAvailable && device != Device.Reference && (refresh || DevicePeaks.Known(device, ThreadsOf(device)) is null);

    /// <summary>Threads that are measured together.</summary>
    public static int ThreadsOf(Device device) => Math.Max(1, device.Threads);

    /// <summary>The peaks of a device, measured where they are not known; or why there are none, where one would expect some.</summary>
    /// <exception cref="OperationCanceledException">The token asked to stop, which ends the wait at once, and measuring behind the measurement under way.</exception>
    public static (DevicePeaks? Peaks, string? Problem) Get(Device device, int threads, CancellationToken cancellationToken)
    {
        Task<(DevicePeaks?, string?)> measuring = Task.Run(() => (DevicePeaks.Of(device, threads, out string? problem, cancellationToken: cancellationToken), problem), CancellationToken.None);
        return measuring.WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Measures devices; what was under way when it was interrupted is missing, and so is what would have followed.</summary>
    public static async Task<Dictionary<Device, (DevicePeaks? Peaks, string? Problem)>> RunAsync(
        IReadOnlyList<Device> devices, bool refresh, ProgressCounter counter, CancellationToken cancellationToken)
    {
        Dictionary<Device, (DevicePeaks?, string?)> found = [];
        for (int i = 0; i < devices.Count && !cancellationToken.IsCancellationRequested; i++)
        {
            Device device = devices[i];
            long before = (long)Units * i;
            string name = FormattableString.Invariant($"device {i + 1:N0} of {devices.Count:N0}: {device.Name}");
            counter.RaiseTo(before);
            counter.Stage = name;
            try
            {
                found[device] = await Task.Run(() => (DevicePeaks.Of(device, ThreadsOf(device), out string? problem, refresh, Show, cancellationToken), problem), CancellationToken.None)
                    .WaitAsync(cancellationToken)
                    .ConfigureAwait(false);
                if (found[device].Item1 is null)
                {
                    counter.AddError();
                }
            }
            catch (OperationCanceledException)
            {
                // What is known is shown all the same.
            }

            void Show(PeakProgress step)
            {
                counter.Stage = $"{name}, {step.What}";
                counter.RaiseTo(before + (long)(Units * step.Share));
            }
        }

        return found;
    }
}
