using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Convoy.Backends;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Trials;
using Convoy.Runtime;

namespace Convoy.Profiling;

/// <summary>
/// Measures a device in a process of its own, so that a driver which crashes over a kernel, or never returns from it, takes
/// neither this process with it nor the other devices. It is the process that otherwise tries drivers (<see cref="DriverTrials"/>).
/// </summary>
internal static class PeakProcess
{
    // Tells that process which device to measure.
    private const string Variable = "CONVOY_MEASURE_DEVICE";

    private const string Began = "convoy: measuring";
    private const string Step = "convoy: measures ";
    private const string Result = "convoy: measured ";

    // To start is no driver's doing, and is waited for so long.
    private static readonly TimeSpan PatienceToStart = TimeSpan.FromMinutes(2);

    private static readonly PeaksJson Json = new(new JsonSerializerOptions(PeaksJson.Default.Options) { WriteIndented = false });

    /// <summary>Whether such a process can be started.</summary>
    public static bool CanStart => DriverTrials.CreateStart is not null;

    /// <summary>The device that this process was started to measure; null in others.</summary>
    public static string? DeviceToMeasure => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } device ? device : null;

    /// <summary>Has a device measured.</summary>
    /// <param name="device">The device.</param>
    /// <param name="progress">Called with what is measured; null for none.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    /// <exception cref="DeviceException">It could not be measured.</exception>
    /// <exception cref="OperationCanceledException">The token asked to stop.</exception>
    public static (DevicePeaks Peaks, bool IsSettled) Measure(Device device, Action<PeakProgress>? progress, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = DriverTrials.CreateStart!();
        start.UseShellExecute = false;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment[Variable] = device.Name;
        using IDisposable? drivers = OpenClDevice.ShareDrivers(start.Environment);
        PeakMessage message;
        try
        {
            using Process process = Process.Start(start)!;
            try
            {
                message = FollowAsync(process, $"The device '{device.Name}' could not be measured", progress, cancellationToken).GetAwaiter().GetResult();
            }
            finally
            {
                process.Kill();
            }
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            throw new DeviceException($"The device '{device.Name}' could not be measured: the system does not start a process for it ({e.Message.TrimEnd('.')}).", e);
        }

        string? expected = device.PeakSource?.Describe(device.Threads);
        return message.Problem is { } problem ? throw new DeviceException(problem)
            : message.Peaks is { } peaks && message.Description == expected ? (peaks, message.IsSettled)
            : throw new DeviceException($"The device '{device.Name}' could not be measured: the process that measures it has another device of that name.");
    }

    /// <summary>What that process does.</summary>
    public static void RunHere(string name, TextWriter output)
    {
        Lifeline.Hold();
        Report(output, Began);
        PeakMessage message;
        try
        {
            var device = Device.Find(name);
            IPeakSource source = DevicePeaks.Require(device);
            (DevicePeaks peaks, bool isSettled) = DevicePeaks.Measure(device, source, device.Threads, step => Report(output, step), CancellationToken.None);
            message = new(source.Describe(device.Threads), peaks, isSettled, null);
        }
        catch (ConvoyException e)
        {
            message = new(null, null, false, e.Message);
        }

        Report(output, message);
    }

    /// <summary>Writes what is being measured.</summary>
    internal static void Report(TextWriter output, PeakProgress step) => Report(output, Step + JsonSerializer.Serialize(step, Json.PeakProgress));

    /// <summary>Writes the result.</summary>
    internal static void Report(TextWriter output, PeakMessage message) => Report(output, Result + JsonSerializer.Serialize(message, Json.PeakMessage));

    /// <summary>Reads what that process writes until there is a result; null where it ends without one.</summary>
    /// <exception cref="JsonException">What it writes is none of its words.</exception>
    internal static async Task<PeakMessage?> ReadAsync(TextReader output, Action begin, Action<PeakProgress>? progress, CancellationToken cancellationToken)
    {
        while (await output.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line == Began)
            {
                begin();
            }
            else if (line.StartsWith(Step, StringComparison.Ordinal) && JsonSerializer.Deserialize(line.AsSpan(Step.Length), Json.PeakProgress) is { } step)
            {
                progress?.Invoke(step);
            }
            else if (line.StartsWith(Result, StringComparison.Ordinal))
            {
                return JsonSerializer.Deserialize(line.AsSpan(Result.Length), Json.PeakMessage);
            }
        }

        return null;
    }

    /// <summary>On a line of its own, whatever a driver has printed before.</summary>
    private static void Report(TextWriter output, string line)
    {
        output.WriteLine($"\n{line}");
        output.Flush();
    }

    private static async Task<PeakMessage> FollowAsync(Process process, string failure, Action<PeakProgress>? progress, CancellationToken cancellationToken)
    {
        // What is read for nothing else than that the process can write on; it ends with the process.
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var patience = TrialPatience.FromEnvironment();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(PatienceToStart);
        try
        {
            if (await ReadAsync(process.StandardOutput, () => limit.CancelAfter(patience), progress, limit.Token).ConfigureAwait(false) is { } message)
            {
                return message;
            }

            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return PeakMessage.Failed($"{failure}: it ended the process that did ({Trial.NameOf(process.ExitCode)}).");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            string seconds = patience.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            return PeakMessage.Failed($"{failure}: it did not do so within {seconds} seconds ({TrialPatience.Variable} would give it more).");
        }
        catch (JsonException e)
        {
            return PeakMessage.Failed($"{failure}: the process that did wrote what is none of its words ({e.Message.TrimEnd('.')}).");
        }
    }
}

/// <summary>What a process that measured a device has to say.</summary>
/// <param name="Description">What it measured, as <see cref="IPeakSource.Describe"/> has it.</param>
/// <param name="Peaks">The figures; null where there are none.</param>
/// <param name="IsSettled">Whether each was reached more than once.</param>
/// <param name="Problem">Why there are none; null where there are some.</param>
internal sealed record PeakMessage(string? Description, DevicePeaks? Peaks, bool IsSettled, string? Problem)
{
    /// <summary>There are no figures.</summary>
    public static PeakMessage Failed(string problem) => new(null, null, false, problem);
}
