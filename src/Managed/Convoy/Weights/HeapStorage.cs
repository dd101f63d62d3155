using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Convoy.Weights;

/// <summary>Weights in managed memory: an embedded resource, a stream read to its end, or numbers made here.</summary>
internal sealed class HeapStorage(string source, ReadOnlyMemory<byte> bytes) : WeightStorage(source, bytes.Length)
{
    private StrongBox<ReadOnlyMemory<byte>>? _bytes = new(bytes);

    private ReadOnlyMemory<byte> Bytes => _bytes?.Value ?? throw Disposed();

    protected override Span<byte> GetSpan(long offset, int length) =>
        MemoryMarshal.AsMemory(Bytes).Span.Slice((int)offset, length);

    // The array's own handle keeps it in place; there is nothing to count here.
    protected override MemoryHandle Pin(long offset, IPinnable section) => Bytes[(int)offset..].Pin();

    protected override void Unpin()
    {
        // See Pin.
    }

    protected override void Release() => _bytes = null;
}
