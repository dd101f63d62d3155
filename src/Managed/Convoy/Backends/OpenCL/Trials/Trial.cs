using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL.Trials;

/// <summary>How far a process got with OpenCL.</summary>
internal enum TrialStage
{
    /// <summary>Nowhere: it did not start, or did not know what to do.</summary>
    None,

    /// <summary>It is about to load the loader.</summary>
    Started,

    /// <summary>The loader is loaded, or there is none; its drivers are next.</summary>
    LoaderTried,

    /// <summary>All drivers were loaded and have answered.</summary>
    Answered,
}

/// <summary>What became of a process that loaded OpenCL for no other purpose than to see whether it survives that.</summary>
/// <param name="Reached">How far it got.</param>
/// <param name="End">What stopped it: "ended the process that tried it (SIGABRT)". Empty where nothing did.</param>
/// <param name="IsHang">True where it would not end by itself.</param>
internal sealed record Trial(TrialStage Reached, string End = "", bool IsHang = false)
{
    /// <summary>The variable that says how many seconds a driver may take to answer.</summary>
    public const string PatienceVariable = "CONVOY_OPENCL_TIMEOUT";

    // Drivers answer within a second or two; a machine may be busy.
    private const double UsualPatience = 30;
    private static readonly TimeSpan PatienceWithStart = TimeSpan.FromMinutes(2);

    // How signals show in an exit code.
    private const int SignalOffset = 128;

    private static readonly Trial Inconclusive = new(TrialStage.None);

    /// <summary>True when all went well.</summary>
    public bool IsSurvived => Reached == TrialStage.Answered;

    /// <summary>True when OpenCL is to blame for what became of it.</summary>
    public bool IsFailed => IsConclusive && !IsSurvived;

    /// <summary>True when it tells something about OpenCL: false where the process did not start, or somebody ended it.</summary>
    public bool IsConclusive => Reached != TrialStage.None;

    /// <summary>Starts a process and sees what becomes of it. It reports each stage by a line; others are a driver's chatter.</summary>
    /// <param name="start">How to start it: what it runs is <see cref="RunHere"/>.</param>
    public static async Task<Trial> RunAsync(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        try
        {
            using Process process = Process.Start(start)!;
            try
            {
                return await FollowAsync(process).ConfigureAwait(false);
            }
            finally
            {
                process.Kill();
            }
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return Inconclusive;
        }
    }

    /// <summary>What that process does: it loads all that there is of OpenCL, and says how far it got.</summary>
    public static void RunHere(TextWriter output)
    {
        Report(TrialStage.Started);
        _ = ClLoader.Shared;
        Report(TrialStage.LoaderTried);

        // Each driver as a diagnosis loads it too, whether the loader knows of it or not.
        _ = ClEnvironment.Inspect().Vendors;
        Report(TrialStage.Answered);

        // On a line of its own, whatever a driver has printed before.
        void Report(TrialStage stage)
        {
            output.WriteLine($"\n{LineOf(stage)}");
            output.Flush();
        }
    }

    private static string LineOf(TrialStage stage) => $"convoy: opencl trial: {stage}";

    private static async Task<Trial> FollowAsync(Process process)
    {
        process.StandardInput.Close();
        process.BeginErrorReadLine();
        TimeSpan patience = PatienceWithStart;
        using var limit = new CancellationTokenSource(patience);
        TrialStage reached = TrialStage.None;
        try
        {
            while (reached != TrialStage.Answered && await process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false) is { } line)
            {
                if (line != LineOf(reached + 1))
                {
                    continue;
                }

                reached++;
                if (reached == TrialStage.LoaderTried)
                {
                    patience = FindPatience();
                    limit.CancelAfter(patience);
                }
            }

            if (reached == TrialStage.Answered)
            {
                return new(reached);
            }

            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return IsFromOutside(process.ExitCode) ? Inconclusive : new(reached, $"ended the process that tried it ({NameOf(process.ExitCode)})");
        }
        catch (OperationCanceledException)
        {
            string seconds = patience.TotalSeconds.ToString("0.#", CultureInfo.InvariantCulture);
            return new(reached, $"did not answer within {seconds} seconds ({PatienceVariable} would give it more)", IsHang: true);
        }
    }

    private static TimeSpan FindPatience() => TimeSpan.FromSeconds(
        double.TryParse(Environment.GetEnvironmentVariable(PatienceVariable), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            && seconds is > 0 and < 1e6
            ? seconds
            : UsualPatience);

    // SIGHUP, SIGINT, SIGKILL, SIGTERM: a person or the system wants the process gone, Ctrl-C for one.
    private static bool IsFromOutside(int exitCode) => exitCode - SignalOffset is 1 or 2 or 9 or 15;

    private static string NameOf(int exitCode) => (exitCode - SignalOffset) switch
    {
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        11 => "SIGSEGV",
        31 => "SIGSYS",
        > 0 and <= 64 and var signal => $"signal {signal}",
        _ => $"exit code {exitCode}",
    };
}
