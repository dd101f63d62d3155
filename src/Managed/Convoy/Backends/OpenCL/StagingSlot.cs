using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>The way of a batch between the caller's memory and the device's. Dispose of it when nothing is in flight.</summary>
internal abstract class StagingSlot : IDisposable
{
    private readonly ClEvent _unrecorded;

    private protected StagingSlot(ClContext context)
    {
        _unrecorded = new ClEvent(context);
        Returned = new ClEvent(context);
        Done = _unrecorded;
    }

    /// <summary>Signalled when the batch may be used on the other side; empty where it may at once.</summary>
    public ClEvent Done { get; private set; }

    /// <summary>Signalled when the host has let go of what it downloaded, so that the device may write again.</summary>
    public ClEvent Returned { get; }

    /// <summary>A slot as the device needs it.</summary>
    /// <param name="memory">Where it is allocated.</param>
    /// <param name="what">What passes, as a sentence begins: "The images".</param>
    /// <param name="bytes">The largest batch.</param>
    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time, or has no memory left.</exception>
    public static StagingSlot Create(DeviceMemory memory, string what, long bytes) =>
        memory.IsShared ? new SharedStaging(memory, what, bytes) : new SeparateStaging(memory, what, bytes);

    /// <summary>Brings a batch to where kernels can read it once <see cref="Done"/>, and returns where.</summary>
    public abstract IClMemory Upload(OpenClArena arena, ReadOnlySpan<byte> source, in RegionContext context);

    /// <summary>Returns where kernels are to write a batch once <see cref="Returned"/>, to be <see cref="Expect">expected</see>.</summary>
    public abstract IClMemory BeginDownload(OpenClArena arena, in RegionContext context);

    /// <summary>Waits until the device has written the batch, and brings it to where the caller wants it.</summary>
    public abstract void Download(OpenClArena arena, Span<byte> destination, in RegionContext context);

    /// <summary>The event for the command that makes the batch ready for the other side; one that is timed, where anybody listens.</summary>
    /// <param name="arena">The arena.</param>
    /// <param name="context">The run.</param>
    /// <param name="phase">What the command does.</param>
    /// <param name="name">The kernel's name, or what is done to a buffer.</param>
    /// <param name="bytes">Bytes of an image, read and written.</param>
    /// <param name="isTransfer">Whether it goes to the queue for transfers.</param>
    public ClEvent Expect(OpenClArena arena, in RegionContext context, Phase phase, string name, double bytes, bool isTransfer) =>
        Done = arena.Record(context, phase, name, new KernelWork(0, bytes), isTransfer) ?? _unrecorded;

    public virtual void Dispose()
    {
        _unrecorded.Dispose();
        Returned.Dispose();
    }

    /// <summary>Says that nothing needs to be waited for.</summary>
    private protected void ExpectNothing()
    {
        _unrecorded.Clear();
        Done = _unrecorded;
    }
}
