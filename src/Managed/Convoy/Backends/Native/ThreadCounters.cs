using System.Runtime.InteropServices;
using Convoy.Files;
using Microsoft.Win32.SafeHandles;

namespace Convoy.Backends.Native;

/// <summary>An event that the kernel counts: its type and number, as perf_event_open has them.</summary>
internal readonly record struct CountedEvent(uint Type, ulong Number);

/// <summary>Which events are counted; those of <see cref="Hardware"/> unless a test has other ones.</summary>
internal readonly record struct CountedEvents(CountedEvent Cycles, CountedEvent Instructions, CountedEvent CacheMisses)
{
    /// <summary>The processor's own: PERF_TYPE_HARDWARE, and its cycles, instructions and misses, which are those of the last level.</summary>
    public static CountedEvents Hardware { get; } = new(new(0, 0), new(0, 1), new(0, 3));
}

/// <summary>
/// Counts what the thread that opens it does, outside of the kernel: perf_event_open(2) of Linux, one counter an event, so that
/// one which the processor lacks leaves the others.
/// </summary>
internal sealed class ThreadCounters : IDisposable
{
    // The first version of struct perf_event_attr, which every kernel takes, has eight words of 8 bytes.
    private const int AskedWords = 8;

    // Its read_format: PERF_FORMAT_TOTAL_TIME_ENABLED and PERF_FORMAT_TOTAL_TIME_RUNNING.
    private const ulong WithTimes = 0x1 | 0x2;

    // Its bits exclude_kernel and exclude_hv.
    private const ulong OutsideOfKernel = 0x20 | 0x40;

    private readonly SafeFileHandle?[] _counters;

    private ThreadCounters(SafeFileHandle?[] counters) => _counters = counters;

    /// <summary>The managed thread whose events are counted.</summary>
    public int Thread { get; } = Environment.CurrentManagedThreadId;

    /// <summary>Begins to count this thread's events, those that can be.</summary>
    public static ThreadCounters Open(in CountedEvents events) =>
        new([Open(events.Cycles, out _), Open(events.Instructions, out _), Open(events.CacheMisses, out _)]);

    /// <summary>Why none of the events can be counted here, and what to do; null where one can.</summary>
    public static string? FindRefusal(in CountedEvents events)
    {
        string? refusal = null;
        foreach (CountedEvent each in (ReadOnlySpan<CountedEvent>)[events.Cycles, events.Instructions, events.CacheMisses])
        {
            using SafeFileHandle? counter = Open(each, out int error);
            if (counter is not null)
            {
                return null;
            }

            refusal = Describe(error);
        }

        return refusal;
    }

    /// <summary>What was counted so far.</summary>
    public EventCounts Read() => new(Read(_counters[0]), Read(_counters[1]), Read(_counters[2]));

    public void Dispose()
    {
        foreach (SafeFileHandle? counter in _counters)
        {
            counter?.Dispose();
        }
    }

    private static SafeFileHandle? Open(CountedEvent counted, out int error)
    {
        if (!OperatingSystem.IsLinux() || Libc.PerformanceEventCall is not { } call)
        {
            error = Libc.NoSuchCall;
            return null;
        }

        // The type and the size share a word, the lower half first; the other words are sampling's and breakpoints'.
        ReadOnlySpan<ulong> asked =
            [counted.Type | ((ulong)(AskedWords * sizeof(ulong)) << 32), counted.Number, 0, 0, WithTimes, OutsideOfKernel, 0, 0];
        var counter = (int)Libc.OpenPerformanceEvent(call, asked, process: 0, processor: -1, group: -1, Libc.PerformanceEventClosedOnExecute);
        error = counter < 0 ? Marshal.GetLastPInvokeError() : 0;
        return counter < 0 ? null : new SafeFileHandle(counter, ownsHandle: true);
    }

    /// <summary>A counter's value; where the processor had too few counters and took turns, what it would have been.</summary>
    private static long? Read(SafeFileHandle? counter)
    {
        if (counter is null)
        {
            return null;
        }

        Span<ulong> values = stackalloc ulong[3];
        int bytes = values.Length * sizeof(ulong);
        nint read = Libc.Read(counter, values, (nuint)bytes);
        (ulong value, ulong enabled, ulong running) = (values[0], values[1], values[2]);
        return read < bytes || running == 0 ? null : (long)(running == enabled ? value : value * ((double)enabled / running));
    }

    /// <summary>Why, by the number of the error.</summary>
    internal static string Describe(int error) => error switch
    {
        Libc.NotPermitted or Libc.NoAccess =>
            "the system does not let this process count them; set kernel.perf_event_paranoid to 2 or less, and in a container allow the call perf_event_open (the capability CAP_PERFMON)",
        Libc.NoSuchFile or Libc.NoSuchDevice or Libc.NotSupported =>
            "the processor's counters are not to be had here, as in most virtual machines; measure on the machine itself",
        Libc.NoSuchCall => "only Linux on x86-64 and Arm64 counts them, with performance events in its kernel",
        _ => $"the system refuses ({Marshal.GetPInvokeErrorMessage(error)})",
    };
}
