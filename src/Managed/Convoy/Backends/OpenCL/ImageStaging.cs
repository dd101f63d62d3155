using Convoy.Backends.OpenCL.Interop;

namespace Convoy.Backends.OpenCL;

/// <summary>Where kernels find the caller's images: a slot for each batch in flight.</summary>
internal sealed class ImageStaging : IDisposable
{
    private readonly List<StagingSlot> _slots = [];

    /// <exception cref="BatchTooLargeException">The device does not allocate as much at a time, or has no memory left.</exception>
    public ImageStaging(DeviceMemory memory, long bytes)
    {
        try
        {
            for (int i = 0; i < OpenClBackend.Slots; i++)
            {
                _slots.Add(StagingSlot.Create(memory, "The images", bytes));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where the images are that were uploaded last; there are none before the first upload, and nobody asks.</summary>
    public IClMemory Images { get; private set; } = null!;

    /// <summary>Signalled when they may be read, in the same way.</summary>
    public ClEvent Done { get; private set; } = null!;

    /// <summary>Brings a batch to where kernels can read it.</summary>
    public void Upload(OpenClArena arena, ReadOnlySpan<byte> images, in RegionContext context)
    {
        StagingSlot slot = _slots[context.Slot];
        Images = slot.Upload(arena, images, context);
        Done = slot.Done;
    }

    public void Dispose() => _slots.ForEach(slot => slot.Dispose());
}
