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

    /// <summary>All drivers were loaded and have answered; what is left is to end.</summary>
    Answered,
}

/// <summary>What a trial tells.</summary>
internal enum TrialOutcome
{
    /// <summary>The system could not start the process: nothing, and nothing can be tried.</summary>
    NotStarted,

    /// <summary>It ended before it began, or somebody ended it: nothing, and OpenCL may be at fault.</summary>
    Unfinished,

    /// <summary>OpenCL ended the process, or held it up for ever.</summary>
    Failed,

    /// <summary>The process loaded OpenCL, and ended as it should.</summary>
    Survived,
}

/// <summary>What became of a process that loaded OpenCL for no other purpose than to see whether it survives that.</summary>
/// <param name="Outcome">What that tells.</param>
/// <param name="Reached">How far it got.</param>
/// <param name="End">What stopped it: "ended the process that tried it (SIGABRT)". Empty where nothing did.</param>
/// <param name="IsHang">True where it would not end by itself.</param>
internal sealed record Trial(TrialOutcome Outcome, TrialStage Reached, string End = "", bool IsHang = false)
{
    // What is no driver's doing is waited for so long, whatever the variable says.
    private static readonly TimeSpan FixedPatience = TimeSpan.FromMinutes(2);

    // How signals show in an exit code.
    private const int SignalOffset = 128;

    /// <summary>True when it tells something about OpenCL.</summary>
    public bool IsConclusive => Outcome is TrialOutcome.Failed or TrialOutcome.Survived;

    /// <summary>Starts a process and sees what becomes of it. It reports each stage by a line; others are a driver's chatter.</summary>
    /// <param name="start">How to start it: what it runs is <see cref="RunHere"/>.</param>
    /// <param name="hasDrivers">False where it finds no driver, so that the user's patience with drivers does not count.</param>
    public static async Task<Trial> RunAsync(ProcessStartInfo start, bool hasDrivers = true)
    {
        start.UseShellExecute = false;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            return new(TrialOutcome.NotStarted, TrialStage.None, e.Message.TrimEnd('.'));
        }

        using (process)
        {
            try
            {
                return await FollowAsync(process, hasDrivers).ConfigureAwait(false);
            }
            finally
            {
                process.Kill();
            }
        }
    }

    /// <summary>What that process does: it loads all that there is of OpenCL, and says how far it got.</summary>
    public static void RunHere(TextWriter output)
    {
        Lifeline.Hold();
        Report(TrialStage.Started);
        _ = ClLoader.Shared;
        Report(TrialStage.LoaderTried);

        // Each driver as a diagnosis loads it too, whether the loader knows of it or not.
        ClEnvironment environment = ClEnvironment.Inspect();
        _ = environment.Vendors;
        foreach (ClDevice device in environment.Devices)
        {
            Open(device);
        }

        Report(TrialStage.Answered);

        // On a line of its own, whatever a driver has printed before.
        void Report(TrialStage stage)
        {
            output.WriteLine($"\n{LineOf(stage)}");
            output.Flush();
        }
    }

    /// <summary>
    /// As whoever lists devices does, and then one more step: a kernel, since there are compilers that crash and queues that never
    /// end. One that refuses harms nobody. What hangs over a later kernel holds up the process that builds or runs it: within a
    /// process nothing ends a call of a driver's.
    /// </summary>
    private static void Open(ClDevice device)
    {
        try
        {
            using var context = new ClContext(device);
            using var queue = new ClQueue(context);
            if (device.Unfitness is null)
            {
                using ClProgram program = SmallestKernel.Build(context);
                using ClKernel kernel = SmallestKernel.Create(program);
                SmallestKernel.Run(queue, kernel);
            }
        }
        catch (ConvoyException)
        {
            // It is told where it is asked for.
        }
    }

    private static string LineOf(TrialStage stage) => $"convoy: opencl trial: {stage}";

    private static async Task<Trial> FollowAsync(Process process, bool hasDrivers)
    {
        // What is read for nothing else than that the process can write on; it ends with the process.
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
        TimeSpan patience = FixedPatience;
        using var limit = new CancellationTokenSource(patience);
        TrialStage reached = TrialStage.None;
        try
        {
            while (reached != TrialStage.Answered && await process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false) is { } line)
            {
                if (line == LineOf(reached + 1))
                {
                    reached++;
                    patience = hasDrivers ? TrialPatience.FromEnvironment() : FixedPatience;
                    limit.CancelAfter(patience);
                }
            }

            // A driver may end the process yet while that ends.
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return Judge(reached, process.ExitCode);
        }
        catch (OperationCanceledException)
        {
            string end = $"did not {(reached == TrialStage.Answered ? "end" : "answer")} within {patience.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} seconds";
            return reached == TrialStage.None ? new(TrialOutcome.Unfinished, reached, end)
                : new(TrialOutcome.Failed, reached, hasDrivers ? $"{end} ({TrialPatience.Variable} would give it more)" : end, IsHang: true);
        }
    }

    private static Trial Judge(TrialStage reached, int exitCode) =>
        reached == TrialStage.None || IsFromOutside(exitCode) ? new(TrialOutcome.Unfinished, reached, NameOf(exitCode))
        : reached == TrialStage.Answered && exitCode == 0 ? new(TrialOutcome.Survived, reached)
        : new(TrialOutcome.Failed, reached, $"ended the process that tried it ({NameOf(exitCode)})");

    // A person or the system wants the process gone, Ctrl-C for one.
    private static bool IsFromOutside(int exitCode) => exitCode - SignalOffset is 1 or 2 or 9 or 15;

    /// <summary>How a process ended, by the signal that ended it or else by its exit code.</summary>
    public static string NameOf(int exitCode) => (exitCode - SignalOffset) switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        15 => "SIGTERM",
        31 => "SIGSYS",
        > 0 and <= 64 and var signal => $"signal {signal}",
        _ => $"exit code {exitCode}",
    };
}
