using System.Diagnostics.CodeAnalysis;
using Silk.NET.OpenCL;

namespace Convoy.Backends.OpenCL.Interop;

/// <summary>The real API: Silk.NET's binding on top of the loader that <see cref="ClLoader"/> found.</summary>
internal sealed unsafe class SilkClApi : ClApi
{
    private static readonly Lazy<SilkClApi?> Shared = new(() => ClLoader.Shared.Context is { } context ? new SilkClApi(new CL(context)) : null);

    private readonly CL _cl;

    private SilkClApi(CL cl) => _cl = cl;

    /// <summary>The process's one API, or why there is none. Loads the OpenCL loader on first use; never throws.</summary>
    /// <param name="api">The API.</param>
    /// <param name="reason">What is missing and what to do about it, in a sentence.</param>
    public static bool TryLoad([NotNullWhen(true)] out ClApi? api, [NotNullWhen(false)] out string? reason)
    {
        api = Shared.Value;
        reason = api is null ? ClLoader.Shared.Problem ?? "The OpenCL loader could not be loaded." : null;
        return api is not null;
    }

    public override ClStatus GetPlatformIds(uint capacity, nint* platforms, uint* count) =>
        (ClStatus)_cl.GetPlatformIDs(capacity, platforms, count);

    public override ClStatus GetPlatformInfo(nint platform, PlatformInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetPlatformInfo(platform, name, capacity, value, size);

    public override ClStatus GetDeviceIds(nint platform, DeviceType type, uint capacity, nint* devices, uint* count) =>
        (ClStatus)_cl.GetDeviceIDs(platform, type, capacity, devices, count);

    public override ClStatus GetDeviceInfo(nint device, DeviceInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetDeviceInfo(device, name, capacity, value, size);

    public override nint CreateContext(nint* properties, nint device, out ClStatus status)
    {
        int code;
        nint handle = _cl.CreateContext(properties, 1, &device, null, null, &code);
        status = (ClStatus)code;
        return handle;
    }

    public override ClStatus ReleaseContext(nint context) => (ClStatus)_cl.ReleaseContext(context);

    public override nint CreateCommandQueue(nint context, nint device, CommandQueueProperties properties, out ClStatus status)
    {
        int code;
        nint handle = _cl.CreateCommandQueue(context, device, properties, &code);
        status = (ClStatus)code;
        return handle;
    }

    public override ClStatus ReleaseCommandQueue(nint queue) => (ClStatus)_cl.ReleaseCommandQueue(queue);

    public override nint CreateBuffer(nint context, MemFlags flags, nuint bytes, void* host, out ClStatus status)
    {
        int code;
        nint handle = _cl.CreateBuffer(context, flags, bytes, host, &code);
        status = (ClStatus)code;
        return handle;
    }

    public override ClStatus ReleaseMemObject(nint memory) => (ClStatus)_cl.ReleaseMemObject(memory);

    public override nint CreateProgramWithSource(nint context, byte* source, nuint bytes, out ClStatus status)
    {
        int code;
        nint handle = _cl.CreateProgramWithSource(context, 1, &source, &bytes, &code);
        status = (ClStatus)code;
        return handle;
    }

    public override nint CreateProgramWithBinary(nint context, nint device, byte* binary, nuint bytes, out ClStatus binaryStatus, out ClStatus status)
    {
        int code;
        int binaryCode;
        nint handle = _cl.CreateProgramWithBinary(context, 1, &device, &bytes, &binary, &binaryCode, &code);
        binaryStatus = (ClStatus)binaryCode;
        status = (ClStatus)code;
        return handle;
    }

    public override ClStatus BuildProgram(nint program, nint device, byte* options) =>
        (ClStatus)_cl.BuildProgram(program, 1, &device, options, null, null);

    public override ClStatus GetProgramBuildInfo(nint program, nint device, ProgramBuildInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetProgramBuildInfo(program, device, name, capacity, value, size);

    public override ClStatus GetProgramInfo(nint program, ProgramInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetProgramInfo(program, name, capacity, value, size);

    public override ClStatus ReleaseProgram(nint program) => (ClStatus)_cl.ReleaseProgram(program);

    public override nint CreateKernel(nint program, byte* name, out ClStatus status)
    {
        int code;
        nint handle = _cl.CreateKernel(program, name, &code);
        status = (ClStatus)code;
        return handle;
    }

    public override ClStatus SetKernelArg(nint kernel, uint index, nuint bytes, void* value) =>
        (ClStatus)_cl.SetKernelArg(kernel, index, bytes, value);

    public override ClStatus GetKernelInfo(nint kernel, KernelInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetKernelInfo(kernel, name, capacity, value, size);

    public override ClStatus GetKernelWorkGroupInfo(nint kernel, nint device, KernelWorkGroupInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetKernelWorkGroupInfo(kernel, device, name, capacity, value, size);

    public override ClStatus ReleaseKernel(nint kernel) => (ClStatus)_cl.ReleaseKernel(kernel);

    public override ClStatus EnqueueNdRangeKernel(nint queue, nint kernel, uint dimensions, nuint* global, nuint* local, uint waits, nint* waitList, nint* completion) =>
        (ClStatus)_cl.EnqueueNdrangeKernel(queue, kernel, dimensions, null, global, local, waits, waitList, completion);

    public override ClStatus EnqueueReadBuffer(nint queue, nint buffer, bool blocking, nuint offset, nuint bytes, void* host, uint waits, nint* waitList, nint* completion) =>
        (ClStatus)_cl.EnqueueReadBuffer(queue, buffer, blocking, offset, bytes, host, waits, waitList, completion);

    public override ClStatus EnqueueWriteBuffer(nint queue, nint buffer, bool blocking, nuint offset, nuint bytes, void* host, uint waits, nint* waitList, nint* completion) =>
        (ClStatus)_cl.EnqueueWriteBuffer(queue, buffer, blocking, offset, bytes, host, waits, waitList, completion);

    public override ClStatus EnqueueCopyBuffer(nint queue, nint source, nint destination, nuint sourceOffset, nuint destinationOffset, nuint bytes, uint waits, nint* waitList, nint* completion) =>
        (ClStatus)_cl.EnqueueCopyBuffer(queue, source, destination, sourceOffset, destinationOffset, bytes, waits, waitList, completion);

    public override ClStatus EnqueueFillBuffer(nint queue, nint buffer, void* pattern, nuint patternBytes, nuint offset, nuint bytes, uint waits, nint* waitList, nint* completion) =>
        (ClStatus)_cl.EnqueueFillBuffer(queue, buffer, pattern, patternBytes, offset, bytes, waits, waitList, completion);

    public override void* EnqueueMapBuffer(nint queue, nint buffer, bool blocking, MapFlags flags, nuint offset, nuint bytes, uint waits, nint* waitList, nint* completion, out ClStatus status)
    {
        int code;
        void* mapped = _cl.EnqueueMapBuffer(queue, buffer, blocking, flags, offset, bytes, waits, waitList, completion, &code);
        status = (ClStatus)code;
        return mapped;
    }

    public override ClStatus EnqueueUnmapMemObject(nint queue, nint memory, void* mapped, uint waits, nint* waitList, nint* completion) =>
        (ClStatus)_cl.EnqueueUnmapMemObject(queue, memory, mapped, waits, waitList, completion);

    public override ClStatus Flush(nint queue) => (ClStatus)_cl.Flush(queue);

    public override ClStatus Finish(nint queue) => (ClStatus)_cl.Finish(queue);

    public override ClStatus WaitForEvents(uint count, nint* events) => (ClStatus)_cl.WaitForEvents(count, events);

    public override ClStatus GetEventInfo(nint evt, EventInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetEventInfo(evt, name, capacity, value, size);

    public override ClStatus GetEventProfilingInfo(nint evt, ProfilingInfo name, nuint capacity, void* value, nuint* size) =>
        (ClStatus)_cl.GetEventProfilingInfo(evt, name, capacity, value, size);

    public override ClStatus ReleaseEvent(nint evt) => (ClStatus)_cl.ReleaseEvent(evt);
}
