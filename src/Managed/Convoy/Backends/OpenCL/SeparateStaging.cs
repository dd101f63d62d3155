using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>
/// Where the device has memory of its own: batches pass through a pinned buffer, mapped for good, from which the device
/// transfers beside its computing.
/// </summary>
internal sealed class SeparateStaging : StagingSlot
{
    private readonly DeviceMemory _memory;
    private readonly ClBuffer _pinned;
    private readonly ClBuffer _device = null!;
    private readonly PinnedMemory _mapped;

    public SeparateStaging(DeviceMemory memory, string what, long bytes)
        : base(memory.Context)
    {
        _memory = memory;
        _pinned = memory.Allocate(what, bytes, ClMemoryKind.Pinned);
        try
        {
            _device = memory.Allocate(what, bytes);
            _mapped = memory.Setup.Map(_pinned, ClMapAccess.ReadWrite);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override IClMemory Upload(OpenClArena arena, ReadOnlySpan<byte> source, in RegionContext context)
    {
        PinnedMemory part = _mapped.Slice(0, source.Length);
        source.CopyTo(part.Span);
        arena.Transfers.BeginWrite(_device, 0, part, signal: Expect(arena, context, Phase.Upload, "write buffer", (double)source.Length / context.Images, isTransfer: true));
        arena.Transfers.Flush();
        return _device;
    }

    public override IClMemory BeginDownload(OpenClArena arena, in RegionContext context) => _device;

    public override void Download(OpenClArena arena, Span<byte> destination, in RegionContext context)
    {
        ClEvent done = Done;
        PinnedMemory part = _mapped.Slice(0, destination.Length);
        var work = new KernelWork(0, (double)destination.Length / context.Images);
        ClEvent? recorded = arena.Record(context, Phase.Download, "read buffer", work, isTransfer: true);
        arena.Transfers.BeginRead(_device, 0, part, new ReadOnlySpan<ClEvent>(in done), recorded);
        arena.Transfers.Finish();
        part.Span.CopyTo(destination);
    }

    public override void Dispose()
    {
        if (_mapped.Bytes > 0)
        {
            _memory.Setup.TryUnmap(_pinned, _mapped);
        }

        _device?.Dispose();
        _pinned.Dispose();
        base.Dispose();
    }
}
