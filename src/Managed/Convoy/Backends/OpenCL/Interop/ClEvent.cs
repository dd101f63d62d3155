using System.Diagnostics;
using System.Runtime.CompilerServices;
using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>When a command was queued, submitted, started and ended, in nanoseconds of the device's clock.</summary>
internal readonly record struct ClEventTimes(long Queued, long Submitted, long Started, long Ended);

/// <summary>
/// A slot for the completion of one command. An enqueue that is given one puts its event there in place of the last, so
/// that a slot serves every batch and a steady state allocates nothing. An empty slot has nothing to wait for.
/// </summary>
internal sealed unsafe class ClEvent(ClContext context) : IDisposable
{
    // What a small network takes, and a thread to be woken. Whoever sleeps for less has lost more by it.
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;
    private const int SpinsBetween = 10;

    private readonly ClApi _api = context.Api;
    private nint _handle;
    private bool _isDisposed;

    /// <summary>True until a command was enqueued with this slot, and after <see cref="Clear"/>.</summary>
    public bool IsEmpty => _handle == 0;

    /// <summary>The times of the completed command.</summary>
    /// <exception cref="InvalidOperationException">The slot is empty.</exception>
    /// <exception cref="ClException">The command has not ended, or failed.</exception>
    public ClEventTimes Times
    {
        get
        {
            ThrowIfDisposed();
            if (IsEmpty)
            {
                throw new InvalidOperationException("No command was enqueued with this event.");
            }

            return new(Time(ProfilingInfo.Queued), Time(ProfilingInfo.Submit), Time(ProfilingInfo.Start), Time(ProfilingInfo.End));
        }
    }

    /// <summary>False once the command has ended, or failed, whose status is negative.</summary>
    private bool IsUnderWay
    {
        get
        {
            int status;
            _api.GetEventInfo(_handle, EventInfo.CommandExecutionStatus, sizeof(int), &status, null)
                .ThrowIfFailed("ask how far a command is", context.Device.Name);
            return status > (int)CommandExecutionStatus.Complete;
        }
    }

    /// <summary>The event's handle; zero when the slot is empty.</summary>
    internal nint HandleOrZero
    {
        get
        {
            ThrowIfDisposed();
            return _handle;
        }
    }

    /// <summary>Waits for the command to end: looks for a while whether it has, before it sleeps. An empty slot has nothing to wait for.</summary>
    /// <exception cref="ClException">It failed.</exception>
    public void Wait()
    {
        ThrowIfDisposed();
        if (IsEmpty)
        {
            return;
        }

        long begin = Stopwatch.GetTimestamp();
        while (IsUnderWay && Stopwatch.GetTimestamp() - begin < SpinTicks)
        {
            Thread.SpinWait(SpinsBetween);
        }

        // Looking alone synchronises nothing.
        nint handle = _handle;
        _api.WaitForEvents(1, &handle).ThrowIfFailed("wait for a command", context.Device.Name);
    }

    /// <summary>Empties the slot; the command goes on.</summary>
    public void Clear()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
        {
            _api.NoteReleased(_api.ReleaseEvent(handle));
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        Clear();
    }

    /// <summary>Takes over the event of a command just enqueued.</summary>
    internal void Take(nint handle)
    {
        Clear();
        _handle = handle;
        _api.NoteCreated();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    private long Time(ProfilingInfo name)
    {
        ulong nanoseconds;
        _api.GetEventProfilingInfo(_handle, name, sizeof(ulong), &nanoseconds, null)
            .ThrowIfFailed("read a command's times", context.Device.Name);
        return (long)nanoseconds;
    }
}
