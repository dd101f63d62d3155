using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Memory through which a batch passes between host and device. Where the two share memory it is one buffer, mapped for the
/// host's turn; elsewhere it is a pinned one, mapped for good, and the device's own.
/// </summary>
internal sealed class StagingSlot : IDisposable
{
    private readonly ClBuffer _pinned;
    private readonly ClBuffer? _device;
    private readonly ClQueue? _mapper;
    private readonly PinnedMemory _mapped;

    public StagingSlot(ClContext context, long bytes)
    {
        _pinned = ClBuffer.AllocatePinned(context, bytes);
        try
        {
            Done = new ClEvent(context);
            if (!context.Device.UnifiedMemory)
            {
                _device = ClBuffer.Allocate(context, bytes);
                _mapper = new ClQueue(context);
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
    public ClEvent Done { get; } = null!;

    /// <summary>Copies bytes in, and begins to upload them where that is a transfer.</summary>
    public void Upload(OpenClArena arena, ReadOnlySpan<byte> source, in StepContext context)
    {
        if (_device is null)
        {
            PinnedMemory mapped = arena.Transfers.Map(_pinned, ClMapAccess.Overwrite, 0, source.Length);
            source.CopyTo(mapped.Span);
            arena.Transfers.BeginUnmap(_pinned, mapped, signal: Done);
        }
        else
        {
            PinnedMemory part = _mapped.Slice(0, source.Length);
            source.CopyTo(part.Span);
            arena.Transfers.BeginWrite(_device, 0, part, signal: Done);
            if (arena.Record(context, Phase.Upload) is { } recorded)
            {
                arena.Transfers.Mark(signal: recorded);
            }
        }

        arena.Transfers.Flush();
    }

    /// <summary>Waits until the device has written the bytes (its event is <see cref="Done"/>), and copies them out.</summary>
    public void Download(OpenClArena arena, Span<byte> destination, in StepContext context)
    {
        ClEvent done = Done;
        var after = new ReadOnlySpan<ClEvent>(in done);
        if (_device is null)
        {
            PinnedMemory mapped = arena.Transfers.Map(_pinned, ClMapAccess.Read, 0, destination.Length, after);
            mapped.Span.CopyTo(destination);
            arena.Transfers.BeginUnmap(_pinned, mapped);
            arena.Transfers.Flush();
        }
        else
        {
            PinnedMemory part = _mapped.Slice(0, destination.Length);
            arena.Transfers.BeginRead(_device, 0, part, after, arena.Record(context, Phase.Download));
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
                _mapper.BeginUnmap(_pinned, _mapped);
                _mapper.Finish();
            }

            _mapper.Dispose();
        }

        _device?.Dispose();
        Done?.Dispose();
        _pinned.Dispose();
    }
}
