using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>
/// The OpenCL calls Convoy makes, one method a call, with the C signatures of OpenCL 1.2: the only way to a driver. It is
/// abstract so that a test can put itself between the typed classes and the driver, and fail any call. Creating calls
/// return a zero handle when they fail.
/// </summary>
internal abstract unsafe class ClApi
{
    private long _liveObjects;
    private long _failedReleases;

    /// <summary>Objects that were created through this API and not yet released: the leak counter that tests hold to zero.</summary>
    public long LiveObjects => Interlocked.Read(ref _liveObjects);

    /// <summary>
    /// What the driver refused while things were let go: a leak of its own. That never throws, so this is where it is counted,
    /// for the tests.
    /// </summary>
    public long FailedReleases => Interlocked.Read(ref _failedReleases);

    public abstract ClStatus GetPlatformIds(uint capacity, nint* platforms, uint* count);

    public abstract ClStatus GetPlatformInfo(nint platform, PlatformInfo name, nuint capacity, void* value, nuint* size);

    public abstract ClStatus GetDeviceIds(nint platform, DeviceType type, uint capacity, nint* devices, uint* count);

    public abstract ClStatus GetDeviceInfo(nint device, DeviceInfo name, nuint capacity, void* value, nuint* size);

    public abstract nint CreateContext(nint* properties, nint device, out ClStatus status);

    public abstract ClStatus ReleaseContext(nint context);

    public abstract nint CreateCommandQueue(nint context, nint device, CommandQueueProperties properties, out ClStatus status);

    public abstract ClStatus ReleaseCommandQueue(nint queue);

    public abstract nint CreateBuffer(nint context, MemFlags flags, nuint bytes, void* host, out ClStatus status);

    public abstract ClStatus ReleaseMemObject(nint memory);

    public abstract nint CreateProgramWithSource(nint context, byte* source, nuint bytes, out ClStatus status);

    public abstract nint CreateProgramWithBinary(nint context, nint device, byte* binary, nuint bytes, out ClStatus binaryStatus, out ClStatus status);

    /// <param name="program">The program.</param>
    /// <param name="device">The device to build for.</param>
    /// <param name="options">The compiler's options, UTF-8 and ended by a zero.</param>
    public abstract ClStatus BuildProgram(nint program, nint device, byte* options);

    public abstract ClStatus GetProgramBuildInfo(nint program, nint device, ProgramBuildInfo name, nuint capacity, void* value, nuint* size);

    public abstract ClStatus GetProgramInfo(nint program, ProgramInfo name, nuint capacity, void* value, nuint* size);

    public abstract ClStatus ReleaseProgram(nint program);

    /// <param name="program">A built program.</param>
    /// <param name="name">The kernel's name, UTF-8 and ended by a zero.</param>
    /// <param name="status">How it went.</param>
    public abstract nint CreateKernel(nint program, byte* name, out ClStatus status);

    public abstract ClStatus SetKernelArg(nint kernel, uint index, nuint bytes, void* value);

    public abstract ClStatus GetKernelInfo(nint kernel, KernelInfo name, nuint capacity, void* value, nuint* size);

    public abstract ClStatus GetKernelWorkGroupInfo(nint kernel, nint device, KernelWorkGroupInfo name, nuint capacity, void* value, nuint* size);

    public abstract ClStatus ReleaseKernel(nint kernel);

    public abstract ClStatus EnqueueNdRangeKernel(nint queue, nint kernel, uint dimensions, nuint* global, nuint* local, uint waits, nint* waitList, nint* completion);

    public abstract ClStatus EnqueueReadBuffer(nint queue, nint buffer, bool blocking, nuint offset, nuint bytes, void* host, uint waits, nint* waitList, nint* completion);

    public abstract ClStatus EnqueueWriteBuffer(nint queue, nint buffer, bool blocking, nuint offset, nuint bytes, void* host, uint waits, nint* waitList, nint* completion);

    public abstract ClStatus EnqueueCopyBuffer(nint queue, nint source, nint destination, nuint sourceOffset, nuint destinationOffset, nuint bytes, uint waits, nint* waitList, nint* completion);

    public abstract ClStatus EnqueueFillBuffer(nint queue, nint buffer, void* pattern, nuint patternBytes, nuint offset, nuint bytes, uint waits, nint* waitList, nint* completion);

    public abstract void* EnqueueMapBuffer(nint queue, nint buffer, bool blocking, MapFlags flags, nuint offset, nuint bytes, uint waits, nint* waitList, nint* completion, out ClStatus status);

    public abstract ClStatus EnqueueUnmapMemObject(nint queue, nint memory, void* mapped, uint waits, nint* waitList, nint* completion);

    public abstract ClStatus Flush(nint queue);

    public abstract ClStatus Finish(nint queue);

    public abstract ClStatus WaitForEvents(uint count, nint* events);

    public abstract ClStatus GetEventInfo(nint evt, EventInfo name, nuint capacity, void* value, nuint* size);

    public abstract ClStatus GetEventProfilingInfo(nint evt, ProfilingInfo name, nuint capacity, void* value, nuint* size);

    public abstract ClStatus ReleaseEvent(nint evt);

    /// <summary>Notes that a typed class has taken over a handle.</summary>
    internal void NoteCreated() => Interlocked.Increment(ref _liveObjects);

    /// <summary>Notes that a typed class has let its handle go, and what the driver said to it.</summary>
    internal void NoteReleased(ClStatus status)
    {
        Interlocked.Decrement(ref _liveObjects);
        NoteRefusal(status);
    }

    /// <summary>Counts a status that is no success and cannot be thrown.</summary>
    internal void NoteRefusal(ClStatus status)
    {
        if (status != ClStatus.Success)
        {
            Interlocked.Increment(ref _failedReleases);
        }
    }
}
