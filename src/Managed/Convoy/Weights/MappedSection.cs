using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Convoy.Weights;

/// <summary>A part of a file mapped by itself, read only; disposing of it closes the map.</summary>
internal sealed unsafe class MappedSection : MemoryManager<byte>
{
    private readonly MemoryMappedViewAccessor _view;
    private readonly int _length;
    private byte* _start;

    /// <summary>Takes a map over.</summary>
    /// <param name="view">The map; at least <paramref name="length"/> bytes.</param>
    /// <param name="length">The bytes of the section.</param>
    public MappedSection(MemoryMappedViewAccessor view, int length)
    {
        _view = view;
        _length = length;
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _start = start + view.PointerOffset;
    }

    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new Span<byte>(_start, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, _length);
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new MemoryHandle(_start + elementIndex);
    }

    public override void Unpin()
    {
        // A map stays where it is.
    }

    protected override void Dispose(bool disposing)
    {
        if (_start is not null)
        {
            _start = null;
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
        }
    }
}
