using Convoy.Backends.OpenCL;
using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Diagnostics;

/// <summary>What became of the smallest kernel on a device.</summary>
public enum KernelOutcome
{
    /// <summary>It was not tried: what the device says of itself is enough to refuse it.</summary>
    NotTried,

    /// <summary>It could not be built.</summary>
    NotBuilt,

    /// <summary>It was built, but could not be run.</summary>
    NotRun,

    /// <summary>It ran and returned wrong numbers.</summary>
    WrongNumbers,

    /// <summary>It returned the right numbers.</summary>
    Right,
}

/// <summary>A device tried with the kernel of kernels/probe.cl.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Problem">What is wrong and what to do, in a sentence; null when the numbers were right.</param>
/// <param name="Details">All there is to say of the problem, such as the compiler's log; null where that is nothing more.</param>
internal readonly record struct OpenClKernelCheck(KernelOutcome Outcome, string? Problem = null, string? Details = null)
{
    /// <summary>Builds the kernel, with the options of those that networks run, and runs it; never throws.</summary>
    public static OpenClKernelCheck Of(ClDevice device)
    {
        if (device.Unfitness is { } unfitness)
        {
            return new(KernelOutcome.NotTried, unfitness);
        }

        (KernelOutcome failure, string verb) = (KernelOutcome.NotBuilt, "build");
        try
        {
            using var context = new ClContext(device);
            using ClProgram program = SmallestKernel.Build(context);
            using ClKernel kernel = SmallestKernel.Create(program);
            (failure, verb) = (KernelOutcome.NotRun, "run");
            using var queue = new ClQueue(context);
            (int wrong, int count) = SmallestKernel.Run(queue, kernel);
            return wrong == 0
                ? new(KernelOutcome.Right)
                : new(KernelOutcome.WrongNumbers, $"The device '{device.Name}' computes wrongly ({wrong} of {count} numbers of a kernel are wrong); {Advice(device)}.");
        }
        catch (ConvoyException e)
        {
            string details = e.Message;
            return new(failure, $"The device '{device.Name}' cannot {verb} a kernel{Reason(e, device)}", details.Contains('\n') ? details : null);
        }
    }

    private static string Advice(ClDevice device) =>
        Environment.GetEnvironmentVariable(KernelSource.FolderVariable) is { Length: > 0 } folder
            ? $"the kernels come from '{folder}', so correct or unset {KernelSource.FolderVariable}"
            : $"update or reinstall its driver ({device.DriverVersion})";

    /// <summary>The end of the sentence that reports a failure.</summary>
    private static string Reason(ConvoyException error, ClDevice device) => error switch
    {
        ClException { Status: var status } when status.Advice() is { } advice => $" ({status.HeaderName()}). {advice}",
        ClBuildException { Status: var status, Log: var log } => $" ({status.HeaderName()}: {Complaint(log)}); {Advice(device)}.",
        ClException { Status: var status, Operation: var operation } => $" ({operation}: {status.HeaderName()}); {Advice(device)}.",
        _ => $": {error.Message}",
    };

    /// <summary>The line of a compiler's log that says most.</summary>
    private static string Complaint(string log)
    {
        string[] lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(line => line.Contains("error", StringComparison.OrdinalIgnoreCase))
            ?? lines.FirstOrDefault()
            ?? "the compiler gives no reason";
    }
}
