using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Where host and device share memory: kernels read the images and write the scores in the caller's own memory, and nothing
/// is copied. That takes memory which stays where it is during the batch and lies as the device can use it
/// (<see cref="DeviceTraits.IsInPlace"/>): anywhere for a CPU, whole pages and cache lines for a GPU. OpenCL 1.2 has no other
/// way to reach memory that it did not allocate (fine-grained sharing of any pointer comes with OpenCL 2), so that whatever
/// else a caller gives is copied once, into or out of a buffer mapped for the host's turn. A CPU needs that only for memory
/// nobody holds fast, so that there the buffer is allocated when it is first needed, if ever.
/// </summary>
internal sealed class SharedStaging : StagingSlot
{
    private readonly DeviceMemory _memory;
    private readonly string _what;
    private readonly long _bytes;
    private ClBuffer? _buffer;
    private ClHostWindow? _lent;

    public SharedStaging(DeviceMemory memory, string what, long bytes)
        : base(memory.Context)
    {
        memory.ThrowIfTooLargeABatch(what, bytes);
        _memory = memory;
        _what = what;
        _bytes = bytes;
        _buffer = memory.IsInPlaceAnywhere ? null : memory.Allocate(what, bytes, ClMemoryKind.Pinned);
    }

    private ClBuffer Buffer => _buffer ??= _memory.Allocate(_what, _bytes, ClMemoryKind.Pinned);

    public override IClMemory Upload(OpenClArena arena, ReadOnlySpan<byte> source, in RegionContext context)
    {
        if (arena.LendImages(source, context) is { } lent)
        {
            ExpectNothing();
            return lent;
        }

        source.CopyTo(arena.Map(Buffer, ClMapAccess.Overwrite, source.Length).Span);
        arena.Unmap(Buffer, Expect(arena, context, Phase.Upload, "unmap buffer", 0, isTransfer: true));
        arena.Transfers.Flush();
        return Buffer;
    }

    public override IClMemory BeginDownload(OpenClArena arena, in RegionContext context)
    {
        _lent = arena.LendScores(context);
        return _lent is null ? Buffer : _lent;
    }

    public override void Download(OpenClArena arena, Span<byte> destination, in RegionContext context)
    {
        ClEvent done = Done;
        ClEvent? recorded = arena.Record(context, Phase.Download, "map buffer", default, isTransfer: true);
        if (_lent is { } lent)
        {
            // What lies in the caller's memory is the caller's to see once it has been mapped there, and all is done with it.
            arena.Map(lent, ClMapAccess.Read, destination.Length, new ReadOnlySpan<ClEvent>(in done), recorded);
            arena.Unmap(lent);
            arena.Transfers.Finish();
        }
        else
        {
            PinnedMemory mapped = arena.Map(Buffer, ClMapAccess.Read, destination.Length, new ReadOnlySpan<ClEvent>(in done), recorded);
            mapped.Span.CopyTo(destination);
            arena.Unmap(Buffer, Returned);
            arena.Transfers.Flush();
        }
    }

    public override void Dispose()
    {
        _buffer?.Dispose();
        base.Dispose();
    }
}
