using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Memory through which a batch passes between host and device. Where the two share memory it is one buffer, mapped for the
/// host's turn; elsewhere it is a pinned one, mapped for good, and the device's own. Dispose of it when nothing is in flight.
/// </summary>
internal sealed class StagingSlot : IDisposable
{
    private readonly ClBuffer _pinned;
    private readonly ClBuffer? _device;
    private readonly ClQueue? _mapper;
    private readonly PinnedMemory _mapped;
    private readonly ClEvent _unrecorded;

    /// <param name="memory">Where it is allocated.</param>
    /// <param name="what">What passes, as a sentence begins: "The images".</param>
    /// <param name="bytes">The largest batch.</param>
    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time.</exception>
    public StagingSlot(DeviceMemory memory, string what, long bytes)
    {
        _unrecorded = new ClEvent(memory.Context);
        Returned = new ClEvent(memory.Context);
        Done = _unrecorded;
        _pinned = memory.AllocatePinned(what, bytes);
        try
        {
            if (!memory.IsShared)
            {
                _device = memory.Allocate(what, bytes);
                _mapper = new ClQueue(memory.Context);
                _mapped = _mapper.Map(_pinned, ClMapAccess.ReadWrite);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The buffer kernels work on.</summary>
    public ClBuffer DeviceBuffer => _device ?? _pinned;

    /// <summary>Signalled when the batch may be used on the other side.</summary>
    public ClEvent Done { get; private set; }

    /// <summary>Signalled when the host has let go of what it downloaded, so that the device may write again.</summary>
    public ClEvent Returned { get; }

    /// <summary>The event for the command that makes the batch ready for the other side; one that is timed, where anybody listens.</summary>
    public ClEvent Expect(OpenClArena arena, in StepContext context, Phase phase) =>
        Done = arena.Record(context, phase) ?? _unrecorded;

    /// <summary>Copies bytes in, and begins to upload them where that is a transfer.</summary>
    public void Upload(OpenClArena arena, ReadOnlySpan<byte> source, in StepContext context)
    {
        if (_device is null)
        {
            PinnedMemory mapped = arena.Transfers.Map(_pinned, ClMapAccess.Overwrite, 0, source.Length);
            source.CopyTo(mapped.Span);
            arena.Transfers.BeginUnmap(_pinned, mapped, signal: Expect(arena, context, Phase.Upload));
        }
        else
        {
            PinnedMemory part = _mapped.Slice(0, source.Length);
            source.CopyTo(part.Span);
            arena.Transfers.BeginWrite(_device, 0, part, signal: Expect(arena, context, Phase.Upload));
        }

        arena.Transfers.Flush();
    }

    /// <summary>Waits until the device has written the bytes (its event is <see cref="Done"/>), and copies them out.</summary>
    public void Download(OpenClArena arena, Span<byte> destination, in StepContext context)
    {
        ClEvent done = Done;
        var after = new ReadOnlySpan<ClEvent>(in done);
        ClEvent? recorded = arena.Record(context, Phase.Download);
        if (_device is null)
        {
            PinnedMemory mapped = arena.Transfers.Map(_pinned, ClMapAccess.Read, 0, destination.Length, after, recorded);
            mapped.Span.CopyTo(destination);
            arena.Transfers.BeginUnmap(_pinned, mapped, signal: Returned);
            arena.Transfers.Flush();
        }
        else
        {
            PinnedMemory part = _mapped.Slice(0, destination.Length);
            arena.Transfers.BeginRead(_device, 0, part, after, recorded);
            arena.Transfers.Finish();
            part.Span.CopyTo(destination);
        }
    }

    public void Dispose()
    {
        if (_mapper is not null)
        {
            if (_mapped.Bytes > 0)
            {
                _mapper.Release(_pinned, _mapped);
            }

            _mapper.Dispose();
        }

        _device?.Dispose();
        _unrecorded.Dispose();
        Returned.Dispose();
        _pinned.Dispose();
    }
}
