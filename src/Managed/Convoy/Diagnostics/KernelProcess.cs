using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;
using Convoy.Backends.OpenCL.Trials;

namespace Convoy.Diagnostics;

/// <summary>
/// Examines a device's kernels in a process of its own, where one can be started, since there are compilers that crash over one.
/// It is the process that otherwise tries drivers (<see cref="DriverTrials"/>).
/// </summary>
internal static class KernelProcess
{
    // Tells that process which of OpenCL's devices to examine.
    private const string Variable = "CONVOY_CHECK_DEVICE";

    private const string Begins = "convoy: checks ";
    private const string Finds = "convoy: checked ";
    private const string Ends = "convoy: checked all";

    // To start is no driver's doing, and is waited for so long.
    private static readonly TimeSpan PatienceToStart = TimeSpan.FromMinutes(2);

    /// <summary>The number of the device that this process was started to examine; null in others.</summary>
    public static int? DeviceToExamine => int.TryParse(Environment.GetEnvironmentVariable(Variable), out int number) ? number : null;

    /// <summary>The verdicts on a device's kernels; never throws.</summary>
    /// <param name="device">The device.</param>
    /// <param name="number">Its number among OpenCL's.</param>
    /// <param name="teller">Says how far it is.</param>
    public static ImmutableArray<KernelDiagnosis> Examine(ClDevice device, int number, DiagnosisTeller teller)
    {
        var found = ImmutableArray.CreateBuilder<KernelDiagnosis>();
        try
        {
            if (DriverTrials.CreateStart is { } createStart)
            {
                FollowAsync(createStart(), number, Begin, Add).GetAwaiter().GetResult();
            }
            else
            {
                KernelExamination.Run(device, Begin, Add);
            }
        }
        catch (Exception e) when (e is ConvoyException or Win32Exception or IOException or InvalidOperationException or JsonException)
        {
            Add(new KernelDiagnosis("", "", null, $"could not be checked ({e.Message.Split('\n')[0].TrimEnd('.')})"));
        }

        return found.ToImmutable();

        void Begin(KernelStep step) => teller.Check(step.What, step.Done, step.Count);

        void Add(KernelDiagnosis verdict)
        {
            found.Add(verdict);
            if (!verdict.IsRight)
            {
                teller.Fail();
            }
        }
    }

    /// <summary>What that process does.</summary>
    public static void RunHere(int number, TextWriter output)
    {
        Lifeline.Hold();
        if (OpenClDevice.All.ElementAtOrDefault(number) is { } device)
        {
            KernelExamination.Run(
                device.Facts,
                step => Report(Begins + JsonSerializer.Serialize(step, KernelDiagnosisJson.Default.KernelStep)),
                verdict => Report(Finds + JsonSerializer.Serialize(verdict, KernelDiagnosisJson.Default.KernelDiagnosis)));
        }

        Report(Ends);

        // On a line of its own, whatever a driver has printed before.
        void Report(string line)
        {
            output.WriteLine($"\n{line}");
            output.Flush();
        }
    }

    /// <summary>Starts that process and hears what it says.</summary>
    internal static async Task FollowAsync(ProcessStartInfo start, int number, Action<KernelStep> begin, Action<KernelDiagnosis> found)
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment[Variable] = FormattableString.Invariant($"{number}");
        using IDisposable? drivers = OpenClDevice.ShareDrivers(start.Environment);
        using Process process = Process.Start(start)!;
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        using var limit = new CancellationTokenSource(PatienceToStart);
        string what = "";
        try
        {
            while (await process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false) is { } line)
            {
                if (line == Ends)
                {
                    return;
                }

                if (line.StartsWith(Begins, StringComparison.Ordinal) && JsonSerializer.Deserialize(line.AsSpan(Begins.Length), KernelDiagnosisJson.Default.KernelStep) is { } step)
                {
                    what = step.What;
                    begin(step);
                    limit.CancelAfter(TrialPatience.FromEnvironment());
                }
                else if (line.StartsWith(Finds, StringComparison.Ordinal) && JsonSerializer.Deserialize(line.AsSpan(Finds.Length), KernelDiagnosisJson.Default.KernelDiagnosis) is { } verdict)
                {
                    found(verdict);
                }
            }

            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            found(new KernelDiagnosis("", what, null, $"ended the process that checked it ({Trial.NameOf(process.ExitCode)})"));
        }
        catch (OperationCanceledException)
        {
            found(new KernelDiagnosis("", what, null, $"did not end in time ({TrialPatience.Variable} would give it more)"));
        }
        finally
        {
            process.Kill();
        }
    }
}

/// <summary>How verdicts pass between the processes, without reflection.</summary>
[JsonSerializable(typeof(KernelDiagnosis))]
[JsonSerializable(typeof(KernelStep))]
[JsonSourceGenerationOptions(IgnoreReadOnlyProperties = true)]
internal sealed partial class KernelDiagnosisJson : JsonSerializerContext;
