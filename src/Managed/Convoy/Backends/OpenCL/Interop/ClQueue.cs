using System.Runtime.CompilerServices;
using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// An in-order queue of commands, with profiling. Every command may wait for the events of other queues and may signal one.
/// Enqueuing allocates no managed memory. One thread at a time.
/// </summary>
/// <remarks>"Begin" commands return at once: what they read or write must stay as it is until their event, or the queue, is done.</remarks>
internal sealed unsafe partial class ClQueue : ClObject
{
    /// <exception cref="ClException">The device refuses.</exception>
    public ClQueue(ClContext context)
        : base(context.Api, Create(context)) => Context = context;

    public ClContext Context { get; }

    private string DeviceName => Context.Device.Name;

    /// <summary>Launches a kernel with the arguments it has now.</summary>
    /// <param name="kernel">The kernel, with every argument set.</param>
    /// <param name="global">Work-items altogether: a multiple of <paramref name="local"/> along each dimension.</param>
    /// <param name="local">Work-items a work-group; the default leaves it to the driver.</param>
    /// <param name="after">What to wait for first.</param>
    /// <param name="signal">Where to put the command's event.</param>
    /// <exception cref="KernelArgumentException">An argument was never set.</exception>
    /// <exception cref="ClException">The device refuses.</exception>
    public void Enqueue(ClKernel kernel, WorkSize global, WorkSize local = default, ReadOnlySpan<ClEvent> after = default, ClEvent? signal = null)
    {
        nint launched = kernel.Handle;
        kernel.ThrowIfIncomplete();
        nuint* globalSize = stackalloc nuint[] { (nuint)global.X, (nuint)global.Y, (nuint)global.Z };
        nuint* localSize = stackalloc nuint[] { (nuint)local.X, (nuint)local.Y, (nuint)local.Z };
        int dimensions = Math.Max(1, Math.Max(global.Dimensions, local.Dimensions));
        nint* waits = stackalloc nint[after.Length];
        nint completion;
        uint count = Collect(after, waits);
        Api.EnqueueNdRangeKernel(
            Handle, launched, (uint)dimensions, globalSize, local.Dimensions == 0 ? null : localSize,
            count, count == 0 ? null : waits, Slot(signal, &completion))
            .ThrowIfFailed("enqueue a kernel", kernel.Name);
        signal?.Take(completion);
    }

    /// <summary>Sends what was enqueued to the device, without waiting for it.</summary>
    /// <exception cref="ClException">The device refuses.</exception>
    public void Flush() => Api.Flush(Handle).ThrowIfFailed("send the commands", DeviceName);

    /// <summary>Blocks until every command has ended.</summary>
    /// <exception cref="ClException">A command failed or the device was lost.</exception>
    public void Finish() => Api.Finish(Handle).ThrowIfFailed("finish the commands", DeviceName);

    /// <summary>Blocks until every command has ended, where something failed already: a failure is counted, not thrown.</summary>
    public void TryFinish() => Api.NoteRefusal(Api.Finish(Handle));

    /// <summary>Waits for what is in flight, so that host memory it uses may be freed once the queue is gone.</summary>
    private protected override ClStatus Release(nint handle)
    {
        ClStatus finished = Api.Finish(handle);
        ClStatus released = Api.ReleaseCommandQueue(handle);
        return released == ClStatus.Success ? finished : released;
    }

    private static nint Create(ClContext context)
    {
        nint handle = context.Api.CreateCommandQueue(context.Handle, context.Device.Handle, CommandQueueProperties.ProfilingEnable, out ClStatus status);
        status.ThrowIfFailed("create a queue", context.Device.Name);
        return handle;
    }

    /// <summary>Writes the handles of the events that hold a command; returns how many.</summary>
    private static uint Collect(ReadOnlySpan<ClEvent> events, nint* handles)
    {
        uint count = 0;
        foreach (ClEvent evt in events)
        {
            if (evt.HandleOrZero is not 0 and nint handle)
            {
                handles[count++] = handle;
            }
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint* Slot(ClEvent? signal, nint* completion)
    {
        signal?.ThrowIfDisposed();
        return signal is null ? null : completion;
    }
}
