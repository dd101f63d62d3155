using System.Runtime.CompilerServices;
using System.Text;
using Convoy.Backends.OpenCL.Interop;
using Silk.NET.OpenCL;
using DeviceType = Silk.NET.OpenCL.DeviceType;

namespace Convoy.Tests.OpenCL;

/// <summary>
/// Stands between the typed classes and the driver: fails chosen calls with a status, and knows which handles live. A
/// creating call that fails creates nothing; a release that fails has released all the same, as a driver's would.
/// </summary>
internal sealed unsafe class FaultyClApi(ClApi inner) : ClApi
{
    private readonly Dictionary<(string Kind, nint Handle), int> _live = [];
    private readonly Dictionary<nint, long> _allocated = [];
    private readonly List<string> _calls = [];
    private int _launched;
    private readonly List<(nint Memory, nint Mapped)> _mapped = [];
    private readonly List<(nint Address, long Bytes)> _hostMemory = [];

    /// <summary>Decides whether a call fails: from its number, the first being 1, and its name.</summary>
    public Func<int, string, bool> Fails { get; set; } = (_, _) => false;

    /// <summary>What failing calls answer.</summary>
    public ClStatus Fault { get; init; } = ClStatus.OutOfHostMemory;

    /// <summary>Told the work-group of each kernel that is launched; the default value where the driver chooses.</summary>
    public Action<WorkSize> Launched { get; init; } = _ => { };

    /// <summary>What is compiled instead of a source.</summary>
    public Func<string, string>? Compiles { get; init; }

    /// <summary>
    /// True to choose work-groups where the driver would: the same few whatever the size. PoCL compiles a kernel for every
    /// work-group it is launched in, and chooses another for nearly every size.
    /// </summary>
    public bool ChoosesGroups { get; init; }

    /// <summary>Of how many kernels, launched without waiting for any, the driver runs one work-item only of those that come behind.</summary>
    public int RunsAtOnce { get; init; } = int.MaxValue;

    /// <summary>Whether asking how far a command is fails.</summary>
    public bool FailsPolls { get; init; }

    /// <summary>False while calls are neither counted nor failed.</summary>
    public bool IsArmed { get; set; } = true;

    /// <summary>Facts of devices that are told instead of the driver's, of the type that the driver's has.</summary>
    public IReadOnlyDictionary<DeviceInfo, ulong> Facts { get; init; } = new Dictionary<DeviceInfo, ulong>();

    /// <summary>The same of facts that are words.</summary>
    public IReadOnlyDictionary<DeviceInfo, string> Words { get; init; } = new Dictionary<DeviceInfo, string>();

    /// <summary>Facts that the driver does not tell.</summary>
    public IReadOnlySet<DeviceInfo> Refused { get; init; } = new HashSet<DeviceInfo>();

    /// <summary>True where each platform has its first device twice.</summary>
    public bool HasTwins { get; init; }

    /// <summary>The same of kernels.</summary>
    public IReadOnlyDictionary<KernelWorkGroupInfo, ulong> KernelFacts { get; init; } = new Dictionary<KernelWorkGroupInfo, ulong>();

    /// <summary>Times that commands are said to have had, in nanoseconds; null for what the driver says.</summary>
    public Func<ProfilingInfo, ulong>? Times { get; init; }

    /// <summary>How many arguments kernels are said to have; null for what the driver says.</summary>
    public ulong? ArgumentCount { get; init; }

    /// <summary>Memory the device has: what goes beyond it is refused, whatever the driver would do.</summary>
    public long Capacity { get; init; } = long.MaxValue;

    /// <summary>Contexts and programs shared with other APIs; null lets the driver make them anew.</summary>
    public SharedBuilds? Shared { get; init; }

    /// <summary>The names of the calls so far.</summary>
    public IReadOnlyList<string> Calls => _calls;

    /// <summary>Handles created and not released: "Buffer x 2".</summary>
    public IEnumerable<string> LiveHandles => _live.Where(pair => pair.Value > 0)
        .GroupBy(pair => pair.Key.Kind).Select(group => $"{group.Key} x {group.Sum(pair => pair.Value)}");

    /// <summary>Releases of what was not alive.</summary>
    public int WrongReleases { get; private set; }

    /// <summary>Ranges of buffers that are mapped.</summary>
    public int LiveMappings => _mapped.Count;

    /// <summary>Mappings that were forgotten: their buffer went before they did.</summary>
    public int ReleasedWhileMapped { get; private set; }

    /// <summary>Unmappings of what was not mapped.</summary>
    public int WrongUnmaps { get; private set; }

    /// <summary>Memory of the host's that was lent to the device: where and how much.</summary>
    public IReadOnlyList<(nint Address, long Bytes)> HostMemory => _hostMemory;

    public override ClStatus GetPlatformIds(uint capacity, nint* platforms, uint* count) =>
        Strikes() ? Fault : inner.GetPlatformIds(capacity, platforms, count);

    public override ClStatus GetPlatformInfo(nint platform, PlatformInfo name, nuint capacity, void* value, nuint* size) =>
        Strikes() ? Fault : inner.GetPlatformInfo(platform, name, capacity, value, size);

    public override ClStatus GetDeviceIds(nint platform, DeviceType type, uint capacity, nint* devices, uint* count) =>
        Strikes() ? Fault : HasTwins ? Twins(platform, type, devices, count) : inner.GetDeviceIds(platform, type, capacity, devices, count);

    public override ClStatus GetDeviceInfo(nint device, DeviceInfo name, nuint capacity, void* value, nuint* size)
    {
        if (Strikes())
        {
            return Fault;
        }

        return Refused.Contains(name) ? ClStatus.InvalidValue
            : Words.TryGetValue(name, out string? words) ? Told(words, value, capacity, size)
            : Facts.TryGetValue(name, out ulong fact) ? Told(fact, value, capacity)
            : inner.GetDeviceInfo(device, name, capacity, value, size);
    }

    public override nint CreateContext(nint* properties, nint device, out ClStatus status) =>
        Strikes() ? Nothing(out status) : Created("Context", Shared is null ? inner.CreateContext(properties, device, out status) : Shared.CreateContext(properties, device, out status));

    public override ClStatus ReleaseContext(nint context) => Released("Context", context, Strikes(), Shared is null ? inner.ReleaseContext(context) : ClStatus.Success);

    public override nint CreateCommandQueue(nint context, nint device, CommandQueueProperties properties, out ClStatus status) =>
        Strikes() ? Nothing(out status) : Created("Queue", inner.CreateCommandQueue(Real(context), device, properties, out status));

    public override ClStatus ReleaseCommandQueue(nint queue) => Released("Queue", queue, Strikes(), inner.ReleaseCommandQueue(queue));

    public override nint CreateBuffer(nint context, MemFlags flags, nuint bytes, void* host, out ClStatus status)
    {
        if (Strikes())
        {
            return Nothing(out status);
        }

        if (flags.HasFlag(MemFlags.UseHostPtr))
        {
            _hostMemory.Add(((nint)host, (long)bytes));
            return Created("Buffer", inner.CreateBuffer(Real(context), flags, bytes, host, out status));
        }

        if (_allocated.Values.Sum() + (long)bytes > Capacity)
        {
            status = ClStatus.MemObjectAllocationFailure;
            return 0;
        }

        nint buffer = Created("Buffer", inner.CreateBuffer(Real(context), flags, bytes, host, out status));
        _allocated[buffer] = (long)bytes;
        return buffer;
    }

    public override ClStatus ReleaseMemObject(nint memory)
    {
        _allocated.Remove(memory);
        ReleasedWhileMapped += _mapped.Count(each => each.Memory == memory);
        _mapped.RemoveAll(each => each.Memory == memory);
        return Released("Buffer", memory, Strikes(), inner.ReleaseMemObject(memory));
    }

    public override nint CreateProgramWithSource(nint context, byte* source, nuint bytes, out ClStatus status)
    {
        if (Compiles is null)
        {
            return CreateProgram(context, source, bytes, out status);
        }

        byte[] altered = Encoding.UTF8.GetBytes(Compiles(Encoding.UTF8.GetString(source, (int)bytes)));
        fixed (byte* first = altered)
        {
            return CreateProgram(context, first, (nuint)altered.Length, out status);
        }
    }

    private nint CreateProgram(nint context, byte* source, nuint bytes, out ClStatus status) =>
        Strikes(nameof(CreateProgramWithSource)) ? Nothing(out status) : Created("Program", Shared is null ? inner.CreateProgramWithSource(context, source, bytes, out status) : Shared.CreateProgram(source, bytes, out status));

    public override nint CreateProgramWithBinary(nint context, nint device, byte* binary, nuint bytes, out ClStatus binaryStatus, out ClStatus status)
    {
        if (!Strikes())
        {
            return Created("Program", Shared is null
                ? inner.CreateProgramWithBinary(context, device, binary, bytes, out binaryStatus, out status)
                : Shared.CreateProgramFromBinary(binary, bytes, out binaryStatus, out status));
        }

        binaryStatus = Fault;
        return Nothing(out status);
    }

    public override ClStatus BuildProgram(nint program, nint device, byte* options) =>
        Strikes() ? Fault : Shared is null ? inner.BuildProgram(program, device, options) : Shared.Build(program, device, options);

    public override ClStatus GetProgramBuildInfo(nint program, nint device, ProgramBuildInfo name, nuint capacity, void* value, nuint* size) =>
        Strikes() ? Fault : Shared is null ? inner.GetProgramBuildInfo(program, device, name, capacity, value, size) : SharedBuilds.NoLog(size);

    public override ClStatus GetProgramInfo(nint program, ProgramInfo name, nuint capacity, void* value, nuint* size) =>
        Strikes() ? Fault : Shared is null ? inner.GetProgramInfo(program, name, capacity, value, size) : Shared.GetProgramInfo(program, name, value);

    public override ClStatus ReleaseProgram(nint program) => Released("Program", program, Strikes(), Shared is null ? inner.ReleaseProgram(program) : ClStatus.Success);

    public override nint CreateKernel(nint program, byte* name, out ClStatus status) =>
        Strikes() ? Nothing(out status) : Created("Kernel", inner.CreateKernel(Shared?.ProgramOf(program) ?? program, name, out status));

    public override ClStatus SetKernelArg(nint kernel, uint index, nuint bytes, void* value) =>
        Strikes() ? Fault : inner.SetKernelArg(kernel, index, bytes, value);

    public override ClStatus GetKernelInfo(nint kernel, KernelInfo name, nuint capacity, void* value, nuint* size) =>
        Strikes() ? Fault : ArgumentCount is { } count ? Told(count, value, capacity) : inner.GetKernelInfo(kernel, name, capacity, value, size);

    public override ClStatus GetKernelWorkGroupInfo(nint kernel, nint device, KernelWorkGroupInfo name, nuint capacity, void* value, nuint* size) =>
        Strikes() ? Fault : KernelFacts.TryGetValue(name, out ulong fact) ? Told(fact, value, capacity) : inner.GetKernelWorkGroupInfo(kernel, device, name, capacity, value, size);

    public override ClStatus ReleaseKernel(nint kernel) => Released("Kernel", kernel, Strikes(), inner.ReleaseKernel(kernel));

    public override ClStatus EnqueueNdRangeKernel(nint queue, nint kernel, uint dimensions, nuint* global, nuint* local, uint waits, nint* waitList, nint* completion)
    {
        if (Strikes())
        {
            return Fault;
        }

        nuint* chosen = stackalloc nuint[3] { global[0] % 8 == 0 ? 8u : 1, dimensions > 1 && global[1] % 4 == 0 ? 4u : 1, 1 };
        local = local == null && ChoosesGroups ? chosen : local;
        if (_launched++ >= RunsAtOnce)
        {
            nuint* one = stackalloc nuint[3] { 1, 1, 1 };
            global = local = one;
        }

        Launched(local == null ? default : new WorkSize((long)local[0], dimensions > 1 ? (long)local[1] : 1, dimensions > 2 ? (long)local[2] : 1));
        return Signalled(completion, inner.EnqueueNdRangeKernel(queue, kernel, dimensions, global, local, waits, waitList, completion));
    }

    public override ClStatus EnqueueReadBuffer(nint queue, nint buffer, bool blocking, nuint offset, nuint bytes, void* host, uint waits, nint* waitList, nint* completion)
    {
        _launched = blocking ? 0 : _launched;
        return Strikes() ? Fault : Signalled(completion, inner.EnqueueReadBuffer(queue, buffer, blocking, offset, bytes, host, waits, waitList, completion));
    }

    public override ClStatus EnqueueWriteBuffer(nint queue, nint buffer, bool blocking, nuint offset, nuint bytes, void* host, uint waits, nint* waitList, nint* completion) =>
        Strikes() ? Fault : Signalled(completion, inner.EnqueueWriteBuffer(queue, buffer, blocking, offset, bytes, host, waits, waitList, completion));

    public override ClStatus EnqueueCopyBuffer(nint queue, nint source, nint destination, nuint sourceOffset, nuint destinationOffset, nuint bytes, uint waits, nint* waitList, nint* completion) =>
        Strikes() ? Fault : Signalled(completion, inner.EnqueueCopyBuffer(queue, source, destination, sourceOffset, destinationOffset, bytes, waits, waitList, completion));

    public override ClStatus EnqueueFillBuffer(nint queue, nint buffer, void* pattern, nuint patternBytes, nuint offset, nuint bytes, uint waits, nint* waitList, nint* completion) =>
        Strikes() ? Fault : Signalled(completion, inner.EnqueueFillBuffer(queue, buffer, pattern, patternBytes, offset, bytes, waits, waitList, completion));

    public override void* EnqueueMapBuffer(nint queue, nint buffer, bool blocking, MapFlags flags, nuint offset, nuint bytes, uint waits, nint* waitList, nint* completion, out ClStatus status)
    {
        if (Strikes())
        {
            return (void*)Nothing(out status);
        }

        void* mapped = inner.EnqueueMapBuffer(queue, buffer, blocking, flags, offset, bytes, waits, waitList, completion, out status);
        if (Signalled(completion, status) == ClStatus.Success)
        {
            _mapped.Add((buffer, (nint)mapped));
        }

        return mapped;
    }

    public override ClStatus EnqueueUnmapMemObject(nint queue, nint memory, void* mapped, uint waits, nint* waitList, nint* completion)
    {
        if (Strikes())
        {
            return Fault;
        }

        WrongUnmaps += _mapped.Remove((memory, (nint)mapped)) ? 0 : 1;
        return Signalled(completion, inner.EnqueueUnmapMemObject(queue, memory, mapped, waits, waitList, completion));
    }

    public override ClStatus Flush(nint queue) => Strikes() ? Fault : inner.Flush(queue);

    public override ClStatus Finish(nint queue)
    {
        _launched = 0;
        return Strikes() ? Fault : inner.Finish(queue);
    }

    public override ClStatus WaitForEvents(uint count, nint* events)
    {
        _launched = 0;
        return Strikes() ? Fault : inner.WaitForEvents(count, events);
    }

    /// <summary>Says that nothing has ended yet, so that whoever asks waits: how often one would ask is chance, and not counted as calls.</summary>
    public override ClStatus GetEventInfo(nint evt, EventInfo name, nuint capacity, void* value, nuint* size)
    {
        *(int*)value = (int)CommandExecutionStatus.Running;
        return FailsPolls ? Fault : ClStatus.Success;
    }

    public override ClStatus GetEventProfilingInfo(nint evt, ProfilingInfo name, nuint capacity, void* value, nuint* size) =>
        Strikes() ? Fault : Times is null ? inner.GetEventProfilingInfo(evt, name, capacity, value, size) : Told(Times(name), value, capacity);

    public override ClStatus ReleaseEvent(nint evt) => Released("Event", evt, Strikes(), inner.ReleaseEvent(evt));

    private static ClStatus Told(string words, void* value, nuint capacity, nuint* size)
    {
        byte[] bytes = [.. Encoding.UTF8.GetBytes(words), 0];
        bytes.AsSpan(0, Math.Min(bytes.Length, (int)capacity)).CopyTo(new Span<byte>(value, (int)capacity));
        if (size is not null)
        {
            *size = (nuint)bytes.Length;
        }

        return ClStatus.Success;
    }

    private ClStatus Twins(nint platform, DeviceType type, nint* devices, uint* count)
    {
        if (count is not null)
        {
            *count = 2;
            return ClStatus.Success;
        }

        nint device;
        ClStatus status = inner.GetDeviceIds(platform, type, 1, &device, null);
        new Span<nint>(devices, 2).Fill(device);
        return status;
    }

    private static ClStatus Told(ulong fact, void* value, nuint capacity)
    {
        new Span<byte>(&fact, (int)capacity).CopyTo(new Span<byte>(value, (int)capacity));
        return ClStatus.Success;
    }

    private nint Real(nint context) => Shared?.ContextOf(context) ?? context;

    private bool Strikes([CallerMemberName] string name = "")
    {
        if (!IsArmed)
        {
            return false;
        }

        _calls.Add(name);
        return Fails(_calls.Count, name);
    }

    private nint Nothing(out ClStatus status)
    {
        status = Fault;
        return 0;
    }

    private nint Created(string kind, nint handle)
    {
        if (handle != 0)
        {
            _live[(kind, handle)] = _live.GetValueOrDefault((kind, handle)) + 1;
        }

        return handle;
    }

    private ClStatus Signalled(nint* completion, ClStatus status)
    {
        if (status == ClStatus.Success && completion != null)
        {
            Created("Event", *completion);
        }

        return status;
    }

    private ClStatus Released(string kind, nint handle, bool strikes, ClStatus status)
    {
        int live = _live.GetValueOrDefault((kind, handle));
        _live[(kind, handle)] = live - 1;
        WrongReleases += live > 0 ? 0 : 1;
        return strikes ? Fault : status;
    }
}
